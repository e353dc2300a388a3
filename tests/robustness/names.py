"""Names that attack their readers, each with what it attacks, and clusters that use them."""

from __future__ import annotations

from typing import Any

API = "rbac.authorization.k8s.io"
Object = dict[str, Any]

TERMINAL = "a terminal, which obeys control characters"
LINES = "the lines of an answer"
DIRECTION = "the order of what is read"
UNSEEN = "a reader, who does not see that the name is another one"
LOOKALIKE = "a reader, who takes it for another name"
WIDTH = "the columns of a table"
BLANKS = "the blanks between columns"
SPREADSHEET = "a spreadsheet, which calculates formulas"
MARKUP = "Markdown, HTML and XML"
QUOTES = "what is quoted in CSV, YAML, JSON or a shell"
ESCAPES = "our own escapes: it looks like one"
YAML = "YAML, which takes it for something else"
SEPARATORS = "what is between two names in one cell"
OUR_WORDS = "our own words: placeholders, prefixes, notes and flags"
SHELL = "a shell that it is completed or pasted in"
LENGTH = "the length of a line"


def shell_commands(prefix: str, command: str) -> tuple[str, ...]:
    """Return names that make a shell run *command* in which it completes *prefix*; not all begin with it."""
    return (
        f"{prefix}$({command})",
        f"{prefix}({command})",
        f"{prefix}`{command}`",
        f"{prefix};{command};",
        f"{prefix}|{command}",
        f"{prefix}&{command}&",
        f"{prefix}>{command.split()[-1]}",
        f"{prefix}\n{command}\n",
        f"{prefix}\t{command}",
        f"{prefix}';{command};'",
        f'{prefix}";{command};"',
        f"{prefix}\\;{command}",
        f"$({command})",
        f"`{command}`",
        f"({command})",
        f"{prefix}\x03{command}\n",
        f"{prefix}\x1b[2J\r{command}\n",
        f"{prefix}{{{command.split()[-1]},x}}",
        f"--{prefix}={command.split()[-1]}",
    )


# What a reader sees nothing of, or no more than a blank: between the same letters each makes another name.
# From Unicode's Default_Ignorable_Code_Point and White_Space, and the controls of C0 and C1.
INVISIBLE = (
    "\x00\x07\x08\x1b\x7f\x80\x84\x85\x9b\x9f\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u180f\u2000\u2009"
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2061\u2064\u2066\u2067"
    "\u2068\u2069\u206a\u206f\u2800\u3000\u3164\ufe00\ufe0e\ufe0f\ufeff\uffa0\ufff9\ufffb\U0001d173\U000e0001"
    "\U000e0020\U000e0041\U000e007f\U000e0100\U000e01ef"
)

ATTACKS: dict[str, tuple[str, ...]] = {
    TERMINAL: (
        "red\x1b[31m", "\x1b]0;owned\x07", "harmless\rowned", "nul\x00", "del\x7f", "\x9b31m",
    ),
    LINES: (
        "harmless\nowned", "harmless\r\nowned", "next\x85line", "line\u2028separator", "line\u2029separator",
        "\n",
    ),
    DIRECTION: ("\u202eecila", "a\u2067b", "a\u200f", "a\u061cb"),
    UNSEEN: (
        "\ufeffalice", "alice\U000e0041", "\ue000", "\ufffe",
        "no\u00a0break", "no\u3000break", *(f"al{character}ice" for character in INVISIBLE),
    ),
    LOOKALIKE: (
        "", "a", "A", "zo\u00eb", "zoe\u0308", "a\u0308", "\u00e4",
        "한\u1100", "\u1112\u1161\u11ab", "ｱ", "\u0430dmin", "admin",
    ),
    WIDTH: (
        "名前の人", "中文", "ﷺ", "party 🎉", "👩\u200d💻", "👩💻", "❤\ufe0f", "❤", "🇨🇭", "👍🏽",
        "\u0301alice", "\u20dda",
        "\u0e31a", "a\u0e31", "ก\u0e31น", "\u093fa", "क\u093f",
    ),
    BLANKS: ("tab\tbed", "\t", " alice", "alice ", "alice  bob", "alice bob", " "),
    SPREADSHEET: (
        "=cmd|' /C calc'!A0", "+1+cmd", "-1-cmd", "@SUM(1)", "\t=1", "=1", "+1", "-1", "@x", "\r=1", " =1",
        "'=1",
    ),
    MARKUP: (
        "<script>alert(1)</script>", "a|b", "a\\|b", "|", "\\|", "||", "a&#124;b", "a&amp;b", "&#97;",
        "&lt;all&gt;",
        "[here](http://evil.example)", "![a](b)", "https://evil.example/?a=b", "*bold* _italic_ ~gone~",
        "**a**",
        "# heading", "]]>", "<!-- a -->", "<a", "a<b",
    ),
    QUOTES: ("'alice", "''alice", "'", '"', '"alice"', 'a","b', "`", "`id`"),
    ESCAPES: (
        "red\\x1b[31m", "\\u202eecila", "back\\slash", "back\\\\slash", "back\\", "a\\", "\\x61", "\\u0061",
        "CORP\\tim", "CORP\\xavier", "CORP\\xab", "\\\u3164", "\\\\u3164", "\\u3164",
    ),
    YAML: ("null", "1e3", "- a", "---", "a: b", "-"),
    SEPARATORS: (
        "a/b", "a//b", "/a", "a/", "a,b", "a, b", "a;b", "a; b", "a.b", "a:b", "a=b", "a <- b", "%s%n{0}",
        "arn:aws:iam::111122223333:role/ml", "CN=ML Team,OU=Groups, DC=example", "a and 3 more", "a, ", ",",
    ),
    OUR_WORDS: (
        "<all>", "<none>", "<empty>", "user/alice", "note: all is well", "only a", "Kubernetes default",
        "through group a",
    ),
    SHELL: ("$(id)", *shell_commands("al", "touch x")),
    LENGTH: ("x" * 300, "長" * 300),
}  # fmt: skip

NAMES = tuple(dict.fromkeys(name for names in ATTACKS.values() for name in names))
PROPER = tuple(name for name in NAMES if name)  # a subject can be nameless, but nothing else
SECOND = "-and-another"  # no name ends so


def stored(objects: list[Object]) -> list[Object]:
    """
    Return *objects* as a server gives them, so that they count whatever a server of today refuses.

    Aggregated roles stay as they are: the rules of stored ones are not computed.
    """
    return [
        each
        if "aggregationRule" in each
        else {**each, "metadata": {**each["metadata"], "resourceVersion": "1"}}
        for each in objects
    ]


def namesakes() -> list[Object]:
    """Return, for each name, a namespace's role and binding that are called so, and a user and a group."""
    return [
        made
        for name in PROPER
        for made in (_role(name, name), _role_binding(name, name, name, _people(name)))
    ]


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
        for name in PROPER
    ]


def bindings(namespace: str) -> list[Object]:
    """Return a role and, for each name, a binding whose user (and itself, where it can) is called so."""
    users = enumerate(PROPER)
    named = ((name if _can_name_a_binding(name) else f"binding-{at}", name) for at, name in users)
    role = "everything"
    return [
        _role(role, namespace),
        *(_role_binding(name, namespace, role, _people(user)) for name, user in named),
    ]


def _can_name_a_binding(name: str) -> bool:
    """Whether it fits between the slashes of a path: the server's own rule (ValidatePathSegmentName)."""
    return name not in (".", "..") and not {"/", "%"} & set(name)


def users() -> list[Object]:
    """Return one binding in the whole cluster to a user, a group and an account of each name."""
    rules = [{"apiGroups": ["hostile"], "resources": ["widgets"], "verbs": ["frob"]}]
    people = [_subject(kind, name) for name in NAMES for kind in ("User", "Group")]
    accounts = [_account(name, "home") for name in PROPER] + [_account("worker", name) for name in PROPER]
    return [_cluster_role("frobber", rules), _cluster_binding("frobbers", "frobber", people + accounts)]


def places() -> list[Object]:
    """Return, for each name, a ClusterRole called so, and bindings to it in one namespace and in all."""
    objects: list[Object] = []
    for name in PROPER:
        rules = [{"apiGroups": ["hostile"], "resources": ["widgets", name], "verbs": ["frob", name]}]
        objects.append(_cluster_role(name, rules))
        objects.append(_cluster_binding(name, name, [_subject("User", "everywhere")]))
        binding = _cluster_binding(name, name, [_subject("User", "here")])
        binding["kind"], binding["metadata"]["namespace"] = "RoleBinding", name
        objects.append(binding)
    return objects


def aggregated() -> list[Object]:
    """Return, for each name, a bound ClusterRole that aggregates two others: one called so, one longer."""
    rule = {"apiGroups": ["hostile"], "resources": ["widgets"], "verbs": ["frob"]}
    objects: list[Object] = []
    for at, name in enumerate(PROPER):
        parts = [_cluster_role(part, [rule], labels={"part": f"{at}"}) for part in (name, f"{name}{SECOND}")]
        whole = _cluster_role(f"whole-{at}", [])
        whole["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {"part": f"{at}"}}]}
        objects += [*parts, whole, _cluster_binding(f"wholes-{at}", f"whole-{at}", [_subject("User", "u")])]
    return objects


def named_objects() -> list[Object]:
    """Return, for each name, a user that can frob the object of that name only, and nothing else."""
    objects: list[Object] = []
    for at, name in enumerate(PROPER):
        rules = [
            {"apiGroups": ["hostile"], "resources": ["widgets"], "verbs": ["frob"], "resourceNames": [name]}
        ]
        objects += [
            _cluster_role(f"role-{at}", rules),
            _cluster_binding(f"b-{at}", f"role-{at}", [_subject("User", f"u-{at}")]),
        ]
    return objects


FIELDS = (
    "user",
    "group",
    "verb",
    "resource",
    "subresource",
    "apiGroup",
    "object",
    "namespace",
    "path",
    "title",
)


def review(field: str, name: str) -> Object:
    """Return a review in which only *field* has that name."""
    value = {each: name if each == field else f"some-{each}" for each in FIELDS}
    attributes: Object = {"resourceAttributes": _attributes(value)}
    if field == "path":
        attributes = {"nonResourceAttributes": {"path": name, "verb": "get"}}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "metadata": {"name": value["title"]},
        "spec": {"user": value["user"], "groups": [value["group"], "all"], **attributes},
    }


def _attributes(value: dict[str, str]) -> Object:
    return {
        "namespace": value["namespace"],
        "verb": value["verb"],
        "group": value["apiGroup"],
        "resource": value["resource"],
        "subresource": value["subresource"],
        "name": value["object"],
    }


def _cluster_role(name: str, rules: list[Object], labels: dict[str, str] | None = None) -> Object:
    metadata = {"name": name, "labels": labels or {}}
    return {"apiVersion": f"{API}/v1", "kind": "ClusterRole", "metadata": metadata, "rules": rules}


def _cluster_binding(name: str, role: str, subjects: list[Object]) -> Object:
    return {
        "apiVersion": f"{API}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": role},
        "subjects": subjects,
    }


def _role(name: str, namespace: str) -> Object:
    return {
        "apiVersion": f"{API}/v1",
        "kind": "Role",
        "metadata": {"name": name, "namespace": namespace},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
    }


def _role_binding(name: str, namespace: str, role: str, subjects: list[Object]) -> Object:
    return {
        "apiVersion": f"{API}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"apiGroup": API, "kind": "Role", "name": role},
        "subjects": subjects,
    }


def _people(name: str) -> list[Object]:
    return [_subject(kind, name) for kind in ("User", "Group")]


def _subject(kind: str, name: str) -> Object:
    return {"apiGroup": API, "kind": kind, "name": name}


def _account(name: str, namespace: str) -> Object:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
