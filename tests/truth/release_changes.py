"""Changes of a Kubeflow release, as a pull request would make them: drawn from its own roles and bindings."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any

Object = dict[str, Any]
GROUP = "rbac.authorization.k8s.io"
AGGREGATES = "aggregate-to-"
PROFILES = ("alice", "bob", "ml-team", "robot")
SUBJECTS: tuple[Object, ...] = (
    {"apiGroup": GROUP, "kind": "User", "name": "mallory@example.com"},
    {"apiGroup": GROUP, "kind": "User", "name": "Bob@Example.com"},
    {"apiGroup": GROUP, "kind": "Group", "name": "data-science"},
    {"apiGroup": GROUP, "kind": "Group", "name": "system:authenticated"},
    {"kind": "ServiceAccount", "name": "default-editor", "namespace": "bob"},
)


@dataclass(frozen=True)
class ReleaseChange:
    """
    What is applied, and the names of what is deleted, as `--without` takes them.

    *originals* are the objects that it changes or deletes, as they are before.
    """

    name: str
    applied: tuple[Object, ...] = ()
    deleted: tuple[str, ...] = ()
    originals: tuple[Object, ...] = ()


def release_changes(objects: Iterable[Object], seed: int, count: int) -> list[ReleaseChange]:
    """Return *count* changes of the objects of a release, of each kind in turn."""
    draw, known = Random(seed), [*objects]
    roles = [each for each in known if each["kind"] == "ClusterRole"]
    parts = [each for each in roles if any(AGGREGATES in key for key in _labels(each)) and each.get("rules")]
    bindings = [
        each for each in known if each["kind"] == "RoleBinding" and each["metadata"]["namespace"] in PROFILES
    ]
    kinds = (
        lambda: _lost_label(draw.choice(parts)),
        lambda: _bound(draw),
        lambda: _other_rules(draw, draw.choice(parts)),
        lambda: _deleted(draw.choice(parts)),
        lambda: _other_subjects(draw, draw.choice(bindings)),
        lambda: _deleted(draw.choice(bindings)),
        lambda: _new_part(draw),
        lambda: _bound_everywhere(draw),
    )
    return [kinds[number % len(kinds)]() for number in range(count)]


def _labels(value: Object) -> dict[str, str]:
    labels: dict[str, str] = value["metadata"].get("labels") or {}
    return labels


def _lost_label(role: Object) -> ReleaseChange:
    changed = deepcopy(role)
    kept = {key: text for key, text in _labels(role).items() if AGGREGATES not in key}
    changed["metadata"]["labels"] = kept
    return ReleaseChange(f"{_named(role)} loses its labels", (changed,), originals=(role,))


def _other_rules(draw: Random, role: Object) -> ReleaseChange:
    changed = deepcopy(role)
    rules = changed["rules"]
    rules.pop(draw.randrange(len(rules)))
    verbs = draw.sample(["get", "list", "create", "delete", "impersonate", "*"], 2)
    resource = draw.choice(["secrets", "pods", "pods/exec", "serviceaccounts", "*"])
    names = draw.choice(([], [], ["one", "two"]))
    rule = {"apiGroups": [""], "resources": [resource], "verbs": verbs}
    rules.append({**rule, "resourceNames": names} if names else rule)
    return ReleaseChange(f"{_named(role)} has other rules", (changed,), originals=(role,))


def _deleted(value: Object) -> ReleaseChange:
    metadata = value["metadata"]
    names = "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
    return ReleaseChange(
        f"{_named(value)} is deleted", deleted=(f"{value['kind'].lower()}/{names}",), originals=(value,)
    )


def _other_subjects(draw: Random, binding: Object) -> ReleaseChange:
    changed = {**deepcopy(binding), "subjects": draw.sample(SUBJECTS, 2)}
    return ReleaseChange(f"{_named(binding)} has other subjects", (changed,), originals=(binding,))


def _bound(draw: Random) -> ReleaseChange:
    role = draw.choice(("kubeflow-admin", "kubeflow-edit", "kubeflow-view", "cluster-admin", "view"))
    new = _binding("RoleBinding", role, draw.sample(SUBJECTS, draw.choice((1, 2))))
    new["metadata"]["namespace"] = draw.choice(PROFILES)
    return ReleaseChange(f"{role} is bound", (new,))


def _bound_everywhere(draw: Random) -> ReleaseChange:
    role = draw.choice(("kubeflow-view", "kubeflow-katib-admin", "view"))
    new = _binding("ClusterRoleBinding", role, [draw.choice(SUBJECTS)])
    return ReleaseChange(f"{role} is bound in the whole cluster", (new,))


def _new_part(draw: Random) -> ReleaseChange:
    label = f"{GROUP.replace('k8s.io', 'kubeflow.org')}/{AGGREGATES}kubeflow-{draw.choice(('edit', 'view'))}"
    new = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "kfaccess-new-part", "labels": {label: "true"}},
        "rules": [
            {"apiGroups": ["x.example"], "resources": ["things", "things/status"], "verbs": ["get", "patch"]},
            {"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]},
        ],
    }
    return ReleaseChange("a role is aggregated", (new,))


def _binding(kind: str, role: str, subjects: list[Object]) -> Object:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": kind,
        "metadata": {"name": "kfaccess-new"},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": subjects,
    }


def _named(value: Object) -> str:
    return f"{value['kind']} {value['metadata']['name']}"
