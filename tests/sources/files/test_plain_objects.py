"""The quick look at roles and bindings: it passes what a server accepts, and nothing that it refuses."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.model import RBAC_GROUP
from kubectl_kfaccess.sources.files.document import Document
from kubectl_kfaccess.sources.files.rbac_objects import is_plain, obstacle
from kubectl_kfaccess.sources.kinds import BY_KIND

KINDS = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
RULE = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
USER = {"apiGroup": RBAC_GROUP, "kind": "User", "name": "zoe"}
ACCOUNT = {"kind": "ServiceAccount", "name": "bot", "namespace": "dev"}
SPOILT: dict[str, list[Any]] = {
    "metadata.name": ["", None, ".", "..", "a/b", "a%b", "{{ x }}", "system:a", "é"],
    "metadata.generateName": ["x", 5, None],
    "metadata.namespace": ["", None, "Dev", "a.b", "a" * 64],
    "metadata.labels": [{"a": "b c"}, {"a b": ""}, {"x/y/z": ""}, {"a": ""}, None],
    "metadata.annotations": [{"a b": ""}, {"A": "any text"}, {"a": "x" * 300_000}, {"a": "x" * 70_000}],
    "rules": [[{}], [{"verbs": ["get"]}], [{**RULE, "nonResourceURLs": ["/x"]}], [RULE, {}], None, []],
    "aggregationRule": [{}, {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}, None],
    "roleRef": [None, {}, {"kind": "Role", "name": "a"}, {"kind": "ClusterRole", "name": ""}],
    "roleRef.apiGroup": ["", None, "rbac", "v1"],
    "roleRef.kind": ["Role", "role", None],
    "roleRef.name": ["a/b", "..", None],
    "subjects": [
        None,
        [],
        [{}],
        [USER, ACCOUNT],
        [ACCOUNT | {"apiGroup": RBAC_GROUP}],
        [USER | {"kind": "user"}],
    ],
    "subjects.0": [USER | {"apiGroup": "v1"}, USER | {"name": ""}, ACCOUNT | {"name": "Bot"}],
    "subjects.1": [{"kind": "ServiceAccount", "name": "bot"}, USER | {"kind": "Group", "apiGroup": ""}],
    "$patch": ["delete"],
}


def valid(kind: str) -> dict[str, Any]:
    """Return an object that a server accepts."""
    metadata = {"name": "a", "namespace": "dev", "labels": {"a.b/c": "d"}, "annotations": {"e": "f"}}
    ref = {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": "view"}
    body = {"roleRef": ref, "subjects": [USER, ACCOUNT]} if kind.endswith("Binding") else {"rules": [RULE]}
    return {"apiVersion": f"{RBAC_GROUP}/v1", "kind": kind, "metadata": metadata, **body}


def spoilt(content: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return *content* with another value at *path*."""
    copy = msgspec.json.decode(msgspec.json.encode(content))
    *parents, last = path.split(".")
    inside: Any = copy
    for parent in parents:
        inside = inside.setdefault(parent, {})
    if isinstance(inside, list):
        inside[int(last)] = value
    elif isinstance(inside, dict):
        inside[last] = value
    return dict(copy)


def every_pair(kind: str) -> Iterator[dict[str, Any]]:
    """Yield objects with one and with two wrong or unusual values."""
    values = [(path, value) for path, listed in SPOILT.items() for value in listed]
    own = [(p, v) for p, v in values if kind.endswith("Binding") or not p.startswith(("roleRef", "subjects"))]
    for path, value in own:
        yield spoilt(valid(kind), path, value)
    for (path, value), (other, second) in itertools.combinations(own, 2):
        if path.partition(".")[0] != other.partition(".")[0]:
            yield spoilt(spoilt(valid(kind), path, value), other, second)


def looked_at(content: dict[str, Any]) -> tuple[bool, bool]:
    """Return whether the quick look passes an object, and whether it counts."""
    document = Document("f", msgspec.Raw(msgspec.json.encode(content)))
    kind = BY_KIND[RBAC_GROUP, content["kind"]]
    try:
        item = document.to(kind.struct)
    except UsageError:
        return False, False
    try:
        counts = obstacle(document, kind, "default", fills_accounts=False) is None
    except UsageError:
        counts = False
    return is_plain(document, item, "default"), counts


@pytest.mark.parametrize("kind", KINDS)
def test_a_usual_object_is_plain(kind: str) -> None:
    """Otherwise large files are slow."""
    assert (True, True) == looked_at(valid(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_server_refuses_is_not_plain(kind: str) -> None:
    """Nor is a patch or a template; all single values and pairs of them are tried."""
    looks = [(content, *looked_at(content)) for content in every_pair(kind)]

    assert [] == [content for content, is_passed, counts in looks if is_passed and not counts]
    assert {(True, True), (False, False), (False, True)} == {(a, b) for _, a, b in looks}


def test_yaml_is_always_looked_at() -> None:
    """Its text is no longer there."""
    document = Document("f", valid("Role"))

    assert not is_plain(document, document.to(BY_KIND[RBAC_GROUP, "Role"].struct), "default")
