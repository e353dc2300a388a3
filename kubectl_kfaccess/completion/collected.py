"""
The names that completion offers, collected from a snapshot: lists of plain text, ready to be kept as JSON.

What is in them is as the cluster has it; `safe.py` decides what of it may be offered.
"""

from __future__ import annotations

from typing import Any

from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, displayed

RESOURCES = (
    "namespaces",
    "profiles",
    "clusterroles",
    "clusterrolebindings",
    "rolebindings",
    "serviceaccounts",
)
"""The kinds of objects that names are collected from."""


def of_snapshot(snapshot: Snapshot) -> dict[str, list[str]]:
    """Return the names of each sort, sorted."""
    bound = {displayed(who) for who in snapshot.principals}  # an account is one however it is spelled
    accounts = {(one.namespace, one.name) for one in bound if one.kind == SERVICE_ACCOUNT}
    return {
        "namespaces": sorted(name for _, name in snapshot.namespaces),
        "profiles": sorted(name for _, name in snapshot.profiles),
        "clusterroles": sorted(name for _, name in snapshot.cluster_roles),
        "users": sorted(one.name for one in bound if one.kind not in (GROUP, SERVICE_ACCOUNT)),
        "groups": sorted(one.name for one in bound if one.kind == GROUP),
        "accounts": sorted(f"{where}/{name}" for where, name in accounts | set(snapshot.service_accounts)),
    }


def of_type(one: ResourceType) -> list[Any]:
    """Return what completion needs of a type: name, group, verbs, subresources, scope, further words."""
    return [
        one.name,
        one.group,
        " ".join(one.verbs),
        " ".join(one.subresources),
        one.namespaced,
        one.virtual,
        " ".join((*one.words[1:], *one.short_names)),
    ]
