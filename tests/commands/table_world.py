"""A random cluster for the access table: few names, so that subjects have several bindings in a namespace."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

Object = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"
PROFILES = tuple(f"tenant-{number}" for number in range(8))
USERS = tuple(f"user{number}@example.com" for number in range(30))
GROUPS = tuple(f"group-{number}" for number in range(8))
ACCOUNTS = ("default-editor", "default-viewer", "bot")
GROUPS_OF_ALL = (
    "system:authenticated",
    "system:serviceaccounts",
    *(f"system:serviceaccounts:{name}" for name in PROFILES[:2]),
)
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "*")
RESOURCES = (
    ("", "secrets"),
    ("", "pods/exec"),
    ("", "*"),
    ("serving.kserve.io", "inferenceservices"),
    ("kubeflow.org", "notebooks"),
    ("kubeflow.org", "*"),
    ("pipelines.kubeflow.org", "runs"),
    ("pipelines.kubeflow.org", "*"),
    (RBAC, "rolebindings"),
    ("*", "*"),
)
SHIPPED_ROLES = ("kubeflow-admin", "kubeflow-edit", "kubeflow-view", "view", "edit", "no-such-role")
OWN_ROLES = tuple(f"own-{number}" for number in range(6))
CYCLE = ("cycle-a", "cycle-b")


def table_world(draw: Random) -> list[Object]:
    """Return the objects; all their random numbers come from *draw*."""
    return [*_profiles(draw), *_cluster_roles(draw), *_bindings(draw)]


def _profiles(draw: Random) -> Iterator[Object]:
    for name in PROFILES:
        owner = {"kind": "User", "name": draw.choice(USERS)}
        yield _object("kubeflow.org/v1", "Profile", name, spec={"owner": owner})
        yield _object("v1", "Namespace", name)
        yield _binding(draw, "namespaceAdmin", name, "kubeflow-admin", [owner | {"apiGroup": RBAC}])
        for role in ("here", "same"):
            rules = _rules(draw) if role == "here" else [_rule(("get",), "", "secrets", ["a"])]
            yield _object(f"{RBAC}/v1", "Role", role, name, rules=rules)


def _cluster_roles(draw: Random) -> Iterator[Object]:
    for name in OWN_ROLES:
        yield _object(f"{RBAC}/v1", "ClusterRole", name, rules=_rules(draw))
    for name, other in zip(CYCLE, reversed(CYCLE), strict=True):
        role = _object(f"{RBAC}/v1", "ClusterRole", name, rules=_rules(draw))
        role["metadata"]["labels"] = {"part": name}
        role["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {"part": other}}]}
        yield role


def _bindings(draw: Random) -> Iterator[Object]:
    for number in range(160):
        cluster_wide = draw.random() < 0.12
        place = "" if cluster_wide else draw.choice(PROFILES)
        roles = (*SHIPPED_ROLES, *OWN_ROLES, *(() if cluster_wide else ("Role/here", "Role/same")))
        role = draw.choice(CYCLE if draw.random() < 0.03 else roles)
        subjects = [_subject(draw, place) for _ in range(draw.choice((1, 1, 1, 2, 3)))]
        yield _binding(draw, f"b-{number}", place, role, subjects)


def _binding(draw: Random, name: str, namespace: str, role: str, subjects: list[Object]) -> Object:
    kind, _, role_name = role.rpartition("/")
    ref = {"apiGroup": RBAC, "kind": kind or "ClusterRole", "name": role_name}
    binding_kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    binding = _object(f"{RBAC}/v1", binding_kind, name, namespace, roleRef=ref, subjects=subjects)
    if draw.random() < 0.3 and subjects[0]["kind"] == "User":
        binding["metadata"]["annotations"] = {"role": "edit", "user": subjects[0]["name"]}
    return binding


def _subject(draw: Random, place: str) -> Object:
    kind = draw.choice(("User", "User", "Group", "ServiceAccount"))
    if kind == "ServiceAccount":
        namespace = draw.choice((place or PROFILES[0], draw.choice(PROFILES)))
        return {"kind": kind, "name": draw.choice(ACCOUNTS), "namespace": namespace}
    groups = GROUPS_OF_ALL if draw.random() < 0.2 else GROUPS
    return {"apiGroup": RBAC, "kind": kind, "name": draw.choice(USERS if kind == "User" else groups)}


def _rules(draw: Random) -> list[Object]:
    return [
        _rule(
            draw.sample(VERBS, draw.randint(1, 4)),
            *draw.choice(RESOURCES),
            draw.sample("abc", draw.randint(1, 2)) if draw.random() < 0.3 else [],
        )
        for _ in range(draw.randint(1, 4))
    ]


def _rule(verbs: Any, group: str, resource: str, names: list[str]) -> Object:
    rule = {"verbs": list(verbs), "apiGroups": [group], "resources": [resource]}
    return {**rule, **({"resourceNames": names} if names else {})}


def _object(version: str, kind: str, name: str, namespace: str = "", **more: Any) -> Object:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}
