"""
Aggregation, with the facts about roles, labels and rules that several detectors need.

A role that was read from a server is compared with what one run of the controller would write
(pkg/controller/clusterroleaggregation, syncClusterRole). For a role in files we compute the controller's
result.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from msgspec import Struct

from kubectl_kfaccess.findings.aggregation.component_roles import ComponentRole, component_roles
from kubectl_kfaccess.findings.aggregation.labels import Labels, Slip
from kubectl_kfaccess.rbac.aggregation import is_stored
from kubectl_kfaccess.rbac.aggregation_tree import is_aggregated, is_invalid
from kubectl_kfaccess.rbac.model import ClusterRole, PolicyRule
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot


class AggregationView(Struct, frozen=True, dict=True):
    """The ClusterRoles of a snapshot. *types* are the resources that the cluster serves."""

    snapshot: Snapshot
    types: tuple[ResourceType, ...]

    @cached_property
    def aggregated_roles(self) -> tuple[ClusterRole, ...]:
        """The aggregated roles, sorted by name, without assumed default roles that were not read."""
        return tuple(
            role
            for _, role in sorted(self.snapshot.cluster_roles.items())
            if is_aggregated(role) and not self.snapshot.is_assumed(role)
        )

    @cached_property
    def readable_roles(self) -> tuple[ClusterRole, ...]:
        """The aggregated roles whose selectors are all valid."""
        return tuple(role for role in self.aggregated_roles if not is_invalid(role))

    @cached_property
    def slips(self) -> tuple[Slip, ...]:
        """The labels that miss their aggregated role, or that no role selects."""
        return tuple(Labels(self.snapshot, self.types).slips())

    @cached_property
    def nearly_selected(self) -> frozenset[str]:
        """The names of roles that an aggregated role would select if their label were spelled correctly."""
        return frozenset(slip.role.name for slip in self.slips if slip.wanted)

    @cached_property
    def component_roles(self) -> tuple[ComponentRole, ...]:
        """The roles that the installed components of Kubeflow ship."""
        return tuple(component_roles(self.snapshot, self.types))


class Difference(Struct, frozen=True):
    """The rules that a stored role lacks (*missing*), and its rules that no selected role has (*left*)."""

    missing: tuple[PolicyRule, ...]
    left: tuple[PolicyRule, ...]


def difference(snapshot: Snapshot, role: ClusterRole) -> Difference | None:
    """Return how a stored role differs from the roles it selects; None if it does not, or it is unknown."""
    brought = snapshot.aggregation.brought(role.name)
    # syncClusterRole: if no rule is selected it applies no `rules` field, so hand-written rules may remain
    if not is_stored(role) or not brought or _is_in_doubt(snapshot, role):
        return None
    stored, expected = frozenset(role.rules), frozenset(brought)
    missing = tuple(rule for rule in brought if rule not in stored)
    left = tuple(rule for rule in role.rules if rule not in expected)
    return Difference(missing, left) if missing or left else None


class Reconciled(Struct, frozen=True):
    """
    The names of aggregated roles, by whether they have exactly the rules of the roles that they select.

    *as_selected* do and *differing* do not. *computed* come from files, so we computed their rules. For
    *unknown* it cannot be decided.
    """

    as_selected: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def reconciled(snapshot: Snapshot, names: Iterable[str]) -> Reconciled:
    """Return the aggregated roles among *names*, by whether they have the rules that they should have."""
    by_state: dict[str, list[str]] = {}
    for name in sorted(names):
        role = snapshot.cluster_roles["", name]
        if is_aggregated(role):
            by_state.setdefault(_state(snapshot, role), []).append(name)
    return Reconciled(**{state: tuple(roles) for state, roles in by_state.items()})


def _state(snapshot: Snapshot, role: ClusterRole) -> str:
    """Return the field of `Reconciled` that the role belongs to."""
    doubtful = snapshot.aggregation.uncertain_rules(role.name)
    if is_invalid(role) or doubtful or _is_in_doubt(snapshot, role):
        return "unknown"
    if not is_stored(role):
        return "computed"
    return "differing" if difference(snapshot, role) else "as_selected"


def _is_in_doubt(snapshot: Snapshot, role: ClusterRole) -> bool:
    """Whether it selects a role from files whose computed rules are uncertain (it is in a cycle)."""
    aggregation = snapshot.aggregation
    return any(aggregation.uncertain_rules(name) for name in aggregation.selected[role.name])
