"""A snapshot with objects laid over it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from msgspec.structs import replace as changed

from kubectl_kfaccess.rbac.model import (
    ClusterRole,
    ClusterRoleBinding,
    KubernetesObject,
    Role,
    RoleBinding,
)
from kubectl_kfaccess.rbac.snapshot import Snapshot, by_key


def applied(objects: Iterable[KubernetesObject], snapshot: Snapshot) -> Snapshot:
    """
    Return *snapshot* with *objects* in it, as it stands once the aggregation controller is done.

    Roles that a server has handed out keep their rules, so the controller's part is done here: what a new
    ClusterRole allows is stored in every role that selects it, or selects one that does.
    """
    new = tuple(objects)
    roles = by_key(one for one in new if isinstance(one, ClusterRole))
    laid = Snapshot(
        cluster_roles=roles,
        cluster_role_bindings=by_key(one for one in new if isinstance(one, ClusterRoleBinding)),
        roles=by_key(one for one in new if isinstance(one, Role)),
        role_bindings=by_key(one for one in new if isinstance(one, RoleBinding)),
    ).over(snapshot)
    return replace(laid, cluster_roles={**laid.cluster_roles, **_stored_anew(laid, roles.values())})


def _stored_anew(laid: Snapshot, new: Iterable[ClusterRole]) -> dict[tuple[str, str], ClusterRole]:
    """Return the stored roles that change because *new* ones are selected."""
    found: dict[tuple[str, str], ClusterRole] = {}
    for role in new:
        for name in _selecting(laid, role.name) - laid.aggregation.computed:
            stored = found.get(("", name), laid.cluster_roles[("", name)])
            more = (rule for rule in laid.aggregation.rules(role.name) if rule not in stored.rules)
            found[("", name)] = changed(stored, rules=(*stored.rules, *more))
    return found


def _selecting(snapshot: Snapshot, name: str) -> set[str]:
    """Return the aggregated roles that select the role of that name, or one that does, itself apart."""
    found: set[str] = set()
    reached, selected = {name}, snapshot.aggregation.selected.items()
    while reached:
        reached = {one for one, those in selected if one not in found and not reached.isdisjoint(those)}
        found |= reached
    return found - {name}
