"""A ClusterRole as the aggregation controller leaves it, once it has seen every role as it is now."""

from __future__ import annotations

import enum

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.aggregation import Aggregation
from kubectl_kfaccess.rbac.labels import well_formed
from kubectl_kfaccess.rbac.manifests import LAST_APPLIED, Manifest, manifest_of
from kubectl_kfaccess.rbac.model import ClusterRole, ObjectMeta, PolicyRule
from kubectl_kfaccess.rbac.reconciliation import RoleRules, reconciled
from kubectl_kfaccess.rbac.snapshot import Snapshot


class Doubt(enum.Enum):
    """Why it is not known which rules an aggregated role has in the end."""

    SELECTOR = "selector"
    CYCLE = "cycle"


class ComputedRole(Struct, frozen=True):
    """
    The *role* with its rules in the controller's order, and without what a server or kubectl adds.

    It has the rules in *uncertain* or not. *doubt* says why, None if nothing is uncertain.
    """

    role: ClusterRole
    uncertain: tuple[PolicyRule, ...] = ()
    doubt: Doubt | None = None

    @property
    def is_aggregated(self) -> bool:
        """Whether a controller writes the role's rules."""
        return bool(self.role.selectors)

    def manifest(self) -> Manifest:
        """Return the role as an object to apply; its rules are in it even if there are none."""
        data = manifest_of(self.role)
        rules = data.pop("rules", [])  # many lines, so they come last
        return {**data, "rules": rules}


def computed_role(snapshot: Snapshot, name: str) -> ComputedRole:
    """Return the ClusterRole *name*. Raises KeyError if there is no such role."""
    role = snapshot.cluster_roles["", name]
    if not role.selectors:
        return ComputedRole(_as_applied(role, role.rules))
    if not all(map(well_formed, role.selectors)):
        return ComputedRole(_as_applied(role, role.rules), doubt=Doubt.SELECTOR)
    rules = _rules(snapshot, name)
    doubt = Doubt.CYCLE if rules.uncertain else None
    return ComputedRole(_as_applied(role, rules.certain), rules.uncertain, doubt)


def _rules(snapshot: Snapshot, name: str) -> RoleRules:
    """
    Return the rules that the controller writes if it sees all roles again, however they are stored.

    A cycle can keep rules that no role outside brings (see `reconciliation`), so its roles count as they are.
    """
    current = snapshot.aggregation
    in_cycles = {member for ring in current.rings for member in ring}
    again = {role for _, role in snapshot.cluster_roles} - in_cycles
    now = RoleRules(current.rules(name), current.uncertain_rules(name))
    later = reconciled(current, snapshot.cluster_roles, again).get(name, now)
    return now if _is_same(now, later) and _is_settled(current, name) else later


def _is_same(rules: RoleRules, others: RoleRules) -> bool:
    return set(rules.certain) == set(others.certain) and set(rules.uncertain) == set(others.uncertain)


def _is_settled(current: Aggregation, name: str) -> bool:
    """Whether the controller would leave even the order of the role's rules."""
    return current.brought(name) in ((), current.rules(name))


def _as_applied(role: ClusterRole, rules: tuple[PolicyRule, ...]) -> ClusterRole:
    old = role.metadata
    annotations = {key: value for key, value in old.annotations.items() if key != LAST_APPLIED}
    return replace(role, metadata=ObjectMeta(old.name, "", old.labels, annotations), rules=rules)
