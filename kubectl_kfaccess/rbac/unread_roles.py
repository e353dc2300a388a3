"""Aggregated ClusterRoles whose rules are not all known: they select a role that could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kubectl_kfaccess.rbac.aggregation import Aggregation, is_stored
from kubectl_kfaccess.rbac.labels import selects, well_formed
from kubectl_kfaccess.rbac.model import ClusterRole

Labels = Mapping[str, str] | None
"""The labels of a role, None if they are not known: any selector can select it."""


def selecting_unread(aggregation: Aggregation, unread: Iterable[tuple[str, Labels]]) -> dict[str, str]:
    """
    Return the names of the ClusterRoles that aggregate an unread one, each with the name of one of these.

    *unread* are names and labels. Roles that a server stored have the rules that it stored, and are not here.
    """
    computed = [role for role in aggregation.roles.values() if role.selectors and not is_stored(role)]
    affected: dict[str, str] = {}
    for name, labels in unread:
        if name in aggregation.roles:
            affected.setdefault(name, name)
        for role in computed:
            if role.name not in affected and role.name != name and _can_select(role, labels):
                affected[role.name] = name
    return _with_those_above(aggregation, affected, {role.name for role in computed})


def _can_select(role: ClusterRole, labels: Labels) -> bool:
    if not all(map(well_formed, role.selectors)):
        return False  # syncClusterRole: the controller ends with an error and changes nothing
    return labels is None or any(selects(selector, dict(labels)) for selector in role.selectors)


def _with_those_above(
    aggregation: Aggregation, affected: dict[str, str], computed: set[str]
) -> dict[str, str]:
    """Return *affected* with the roles that aggregate one of them, directly or through others."""
    waiting = list(affected)
    while waiting:
        name = waiting.pop()
        for above in aggregation.selecting.get(name, ()):
            if above in computed and above not in affected:
                affected[above] = affected[name]
                waiting.append(above)
    return affected
