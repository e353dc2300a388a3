"""Names that deceive, many of which differ in nothing that can be seen, and clusters made of them."""

from __future__ import annotations

from typing import Any

from tests.bad_input.hostile import NAMES as ATTACKS

API = "rbac.authorization.k8s.io"
Object = dict[str, Any]

# What a reader sees nothing of, or no more than a blank: between the same letters each makes another name.
# From Unicode's Default_Ignorable_Code_Point and White_Space, and the controls of C0 and C1.
INVISIBLE = (
    "\x00\x07\x08\x1b\x7f\x80\x84\x85\x9b\x9f\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u180f\u2000\u2009"
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2061\u2064\u2066\u2067"
    "\u2068\u2069\u206a\u206f\u2800\u3000\u3164\ufe00\ufe0e\ufe0f\ufeff\uffa0\ufff9\ufffb\U0001d173\U000e0001"
    "\U000e0020\U000e0041\U000e007f\U000e0100\U000e01ef"
)
OTHERS = (
    "", "a", "A", "a, b", "a; b", "a <- b", "a/b", "a//b", "/a", "a/", "a.b", "a:b", "a=b",
    "<a", "a<b", "<empty>",
    "-", "only a", "built-in, assumed", "through group a", "a\\", "\\x61", "\\u0061", "&#97;",
    "&lt;all&gt;", "'=1", "\t",
    "\n", "=1", "+1", "-1", "@x", "\r=1", " =1", "'", '"', "`", "|", "\\|", "||", "<!-- a -->",
    "![a](b)", "**a**",
    "a\u0308", "\u00e4", "\u20dda", "\u0e31a", "a\u0e31", "\u093fa", "ก\u0e31น", "क\u093f",
    "한\u1100", "\u1112\u1161\u11ab",
    "👩\u200d💻", "👩💻", "❤\ufe0f", "❤", "🇨🇭", "👍🏽", "中文", "ﷺ", "ｱ", "\u0430dmin", "admin", "x" * 300,
)  # fmt: skip
NAMES = tuple(dict.fromkeys((*ATTACKS.values(), *(f"al{one}ice" for one in INVISIBLE), *OTHERS)))
SECOND = "-and-another"  # no name ends so
PROPER = tuple(name for name in NAMES if name)  # a subject may be nameless; nothing else may


def users() -> list[Object]:
    """Return one binding in the whole cluster to a user, a group and an account of each name."""
    rules = [{"apiGroups": ["hostile"], "resources": ["widgets"], "verbs": ["frob"]}]
    people = [_subject(kind, name) for name in NAMES for kind in ("User", "Group")]
    accounts = [_account(name, "home") for name in PROPER] + [_account("worker", name) for name in PROPER]
    return [_cluster_role("frobber", rules), _cluster_binding("frobbers", "frobber", people + accounts)]


def places() -> list[Object]:
    """Return, for each name, a ClusterRole called so, and bindings to it in one namespace and in all."""
    found: list[Object] = []
    for name in PROPER:
        rules = [{"apiGroups": ["hostile"], "resources": ["widgets", name], "verbs": ["frob", name]}]
        found.append(_cluster_role(name, rules))
        found.append(_cluster_binding(name, name, [_subject("User", "everywhere")]))
        binding = _cluster_binding(name, name, [_subject("User", "here")])
        binding["kind"], binding["metadata"]["namespace"] = "RoleBinding", name
        found.append(binding)
    return found


def aggregated() -> list[Object]:
    """Return, for each name, a bound ClusterRole that aggregates two others: one called so, one longer."""
    rule = {"apiGroups": ["hostile"], "resources": ["widgets"], "verbs": ["frob"]}
    found: list[Object] = []
    for at, name in enumerate(PROPER):
        parts = [_cluster_role(one, [rule], labels={"part": f"{at}"}) for one in (name, f"{name}{SECOND}")]
        whole = _cluster_role(f"whole-{at}", [])
        whole["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {"part": f"{at}"}}]}
        found += [*parts, whole, _cluster_binding(f"wholes-{at}", f"whole-{at}", [_subject("User", "u")])]
    return found


def named_objects() -> list[Object]:
    """Return, for each name, a user that may frob the object of that name only, and nothing else."""
    found: list[Object] = []
    for at, name in enumerate(PROPER):
        rules = [
            {"apiGroups": ["hostile"], "resources": ["widgets"], "verbs": ["frob"], "resourceNames": [name]}
        ]
        found += [
            _cluster_role(f"role-{at}", rules),
            _cluster_binding(f"b-{at}", f"role-{at}", [_subject("User", f"u-{at}")]),
        ]
    return found


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
    value = {one: name if one == field else f"some-{one}" for one in FIELDS}
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


def _subject(kind: str, name: str) -> Object:
    return {"apiGroup": API, "kind": kind, "name": name}


def _account(name: str, namespace: str) -> Object:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
