"""
The names that completion offers, collected from a snapshot: lists of text, ready to be cached as JSON.

The names are as the cluster has them; `safe.py` decides which of them can be offered.
"""

from __future__ import annotations

from typing import Any

from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, Principal, displayed, principal

RESOURCES = (
    "namespaces",
    "profiles",
    "clusterroles",
    "clusterrolebindings",
    "rolebindings",
    "serviceaccounts",
)
"""The resources that names are collected from."""


def of_snapshot(snapshot: Snapshot) -> dict[str, list[str]]:
    """Return the names of each sort (`namespaces`, `users`, …), sorted; an account is NAMESPACE/NAME."""
    # An account can be bound as a user, too: both spellings become the same subject here
    subjects = {displayed(who) for who in _principals(snapshot)}
    accounts = {(subject.namespace, subject.name) for subject in subjects if subject.kind == SERVICE_ACCOUNT}
    return {
        "namespaces": sorted(name for _, name in snapshot.namespaces),
        "profiles": sorted(name for _, name in snapshot.profiles),
        "clusterroles": sorted(name for _, name in snapshot.cluster_roles),
        "users": sorted(subject.name for subject in subjects if subject.kind not in (GROUP, SERVICE_ACCOUNT)),
        "groups": sorted(subject.name for subject in subjects if subject.kind == GROUP),
        "accounts": sorted(
            f"{namespace}/{name}" for namespace, name in accounts | set(snapshot.service_accounts)
        ),
    }


def _principals(snapshot: Snapshot) -> set[Principal]:
    """Return `snapshot.principals`, without the index of bindings that it makes of a large cluster."""
    bindings: tuple[Binding, ...] = (
        *snapshot.cluster_role_bindings.values(),
        *snapshot.role_bindings.values(),
    )
    subjects = {
        (subject, binding.namespace if subject.kind == SERVICE_ACCOUNT else "")
        for binding in bindings
        for subject in binding.subjects
    }
    return {who for subject, namespace in subjects if (who := principal(subject, namespace))}


def of_type(resource_type: ResourceType) -> list[Any]:
    """
    Return what completion needs of a type.

    The fields are the name, group, verbs, subresources, whether it is namespaced, whether it is virtual, and
    its other names; `words.Type` reads them.
    """
    return [
        resource_type.name,
        resource_type.group,
        " ".join(resource_type.verbs),
        " ".join(resource_type.subresources),
        resource_type.namespaced,
        resource_type.virtual,
        " ".join((*resource_type.words[1:], *resource_type.short_names)),
    ]
