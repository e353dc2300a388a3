"""Names that attack whoever reads them, and clusters in which everything is called so."""

from __future__ import annotations

from typing import Any

NAMES = {
    "escape sequence": "red\x1b[31m",
    "what an escape looks like": "red\\x1b[31m",
    "title of the window": "\x1b]0;owned\x07",
    "carriage return": "harmless\rowned",
    "line break": "harmless\nowned",
    "Windows line break": "harmless\r\nowned",
    "tab": "tab\tbed",
    "NUL": "nul\x00",
    "DEL": "del\x7f",
    "C1 control": "\x9b31m",
    "next line": "next\x85line",
    "right-to-left override": "\u202eecila",
    "what a right-to-left override looks like": "\\u202eecila",
    "right-to-left isolate": "a\u2067b",
    "right-to-left mark": "a\u200f",
    "Arabic letter mark": "a\u061cb",
    "zero-width space": "al\u200bice",
    "zero-width joiner": "al\u200dice",
    "byte order mark": "\ufeffalice",
    "soft hyphen": "al\u00adice",
    "tag character": "alice\U000e0041",
    "line separator": "line\u2028separator",
    "paragraph separator": "line\u2029separator",
    "no-break space": "no\u00a0break",
    "ideographic space": "no\u3000break",
    "private use": "\ue000",
    "no character": "\ufffe",
    "combining mark first": "\u0301alice",
    "combining mark": "zoe\u0308",
    "composed letter": "zo\u00eb",
    "wide letters": "名前の人",
    "emoji": "party 🎉",
    "leading blank": " alice",
    "trailing blank": "alice ",
    "two blanks": "alice  bob",
    "one blank": "alice bob",
    "blank": " ",
    "formula": "=cmd|' /C calc'!A0",
    "plus": "+1+cmd",
    "minus": "-1-cmd",
    "at sign": "@SUM(1)",
    "tab before a formula": "\t=1",
    "apostrophe": "'alice",
    "two apostrophes": "''alice",
    "script": "<script>alert(1)</script>",
    "our own placeholder": "<all>",
    "our own placeholder for nothing": "<none>",
    "arrow of a path": "a <- b",
    "vertical bar": "a|b",
    "escaped vertical bar": "a\\|b",
    "entity": "a&#124;b",
    "ampersand": "a&amp;b",
    "backslash": "back\\slash",
    "two backslashes": "back\\\\slash",
    "trailing backslash": "back\\",
    "double quotes": '"alice"',
    "quotes in CSV": 'a","b',
    "backquotes": "`id`",
    "link": "[here](http://evil.example)",
    "address": "https://evil.example/?a=b",
    "emphasis": "*bold* _italic_ ~gone~",
    "heading": "# heading",
    "command substitution": "$(id)",
    "percent": "%s%n{0}",
    "slash": "a/b",
    "comma": "a,b",
    "semicolon": "a;b",
    "colon": "a: b",
    "null of YAML": "null",
    "number of YAML": "1e3",
    "list of YAML": "- a",
    "document of YAML": "---",
    "end of CDATA": "]]>",
    "our own prefix": "user/alice",
    "our own note": "note: all is well",
    "300 characters": "x" * 300,
    "300 wide characters": "長" * 300,
}

API = "rbac.authorization.k8s.io"
Object = dict[str, Any]


def everything_called_so() -> list[Object]:
    """Return, for each name, a namespace's role and binding that are called so, and a user and a group."""
    return [one for name in NAMES.values() for one in (_role(name), _binding(name))]


def reviews() -> list[Object]:
    """Return, for each name, a review that is called so and asks for nothing else; all are allowed."""
    return [
        {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "metadata": {"name": name},
            "spec": {
                "user": name,
                "groups": [name, f"{name}2"],
                "resourceAttributes": {"namespace": name, "verb": name, "resource": name},
            },
        }
        for name in NAMES.values()
    ]


def bindings(namespace: str) -> list[Object]:
    """Return a role and, for each name, a binding whose user (and itself, where it may) is called so."""
    users = enumerate(NAMES.values())
    named = ((name if _can_name_a_binding(name) else f"binding-{at}", name) for at, name in users)
    return [_role("everything", namespace), *(_binding(*both, namespace, "everything") for both in named)]


def _can_name_a_binding(name: str) -> bool:
    """The server's own rule (ValidatePathSegmentName): it must fit between the slashes of a path."""
    return name not in (".", "..") and not {"/", "%"} & set(name)


def _role(name: str, namespace: str = "") -> Object:
    return {
        "apiVersion": f"{API}/v1",
        "kind": "Role",
        "metadata": {"name": name, "namespace": namespace or name},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
    }


def _binding(name: str, who: str = "", namespace: str = "", role: str = "") -> Object:
    return {
        "apiVersion": f"{API}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": namespace or name},
        "roleRef": {"apiGroup": API, "kind": "Role", "name": role or name},
        "subjects": [{"apiGroup": API, "kind": kind, "name": who or name} for kind in ("User", "Group")],
    }
