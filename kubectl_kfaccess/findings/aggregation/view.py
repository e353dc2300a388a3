"""
Aggregation as detectors see it: the roles that take part in it, their labels and rules, each worked out once.

A role that was read from a server is compared with one step of the controller
(pkg/controller/clusterroleaggregation, syncClusterRole); of a role in files the controller's result is known.
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
    """The ClusterRoles of a snapshot; *types* are the resources that the cluster serves."""

    snapshot: Snapshot
    types: tuple[ResourceType, ...]

    @cached_property
    def aggregated_roles(self) -> tuple[ClusterRole, ...]:
        """The aggregated roles that were read, by name."""
        return tuple(
            role
            for _, role in sorted(self.snapshot.cluster_roles.items())
            if is_aggregated(role) and not self.snapshot.is_assumed(role)
        )

    @cached_property
    def readable_roles(self) -> tuple[ClusterRole, ...]:
        """Those of them whose selectors the controller can read."""
        return tuple(role for role in self.aggregated_roles if not is_invalid(role))

    @cached_property
    def slips(self) -> tuple[Slip, ...]:
        """The labels that select nothing as they are."""
        return tuple(Labels(self.snapshot, self.types).slips())

    @cached_property
    def nearly_selected(self) -> frozenset[str]:
        """The roles that an aggregated role would select if a label of theirs were spelled right."""
        return frozenset(slip.role.name for slip in self.slips if slip.wanted)

    @cached_property
    def component_roles(self) -> tuple[ComponentRole, ...]:
        """The roles that the installed parts of Kubeflow bring."""
        return tuple(component_roles(self.snapshot, self.types))


class Difference(Struct, frozen=True):
    """The rules that a stored role lacks, and those that no role has which it selects."""

    missing: tuple[PolicyRule, ...]
    left: tuple[PolicyRule, ...]


def difference(snapshot: Snapshot, role: ClusterRole) -> Difference | None:
    """Return how a stored role differs from the roles that it selects; None where it surely does not."""
    brought = snapshot.aggregation.brought(role.name)
    # syncClusterRole: what selects no rule applies no `rules` field, so stored rules may be somebody's own
    if not is_stored(role) or not brought or _is_in_doubt(snapshot, role):
        return None
    stored, expected = frozenset(role.rules), frozenset(brought)
    missing = tuple(rule for rule in brought if rule not in stored)
    left = tuple(rule for rule in role.rules if rule not in expected)
    return Difference(missing, left) if missing or left else None


class Reconciled(Struct, frozen=True):
    """
    Aggregated roles by whether they have the rules of exactly the roles that they select.

    *as_selected* have, *differing* have not, *computed* are in files, where the controller's result is known;
    of the *unknown* it cannot be told.
    """

    as_selected: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def reconciled(snapshot: Snapshot, names: Iterable[str]) -> Reconciled:
    """Return which of the aggregated roles among *names* have the rules that they should have."""
    by_state: dict[str, list[str]] = {}
    for name in sorted(names):
        role = snapshot.cluster_roles["", name]
        if is_aggregated(role):
            by_state.setdefault(_state(snapshot, role), []).append(name)
    return Reconciled(**{state: tuple(roles) for state, roles in by_state.items()})


def _state(snapshot: Snapshot, role: ClusterRole) -> str:
    """The field of `Reconciled` in which the role stands."""
    doubtful = snapshot.aggregation.uncertain_rules(role.name)
    if is_invalid(role) or doubtful or _is_in_doubt(snapshot, role):
        return "unknown"
    if not is_stored(role):
        return "computed"
    return "differing" if difference(snapshot, role) else "as_selected"


def _is_in_doubt(snapshot: Snapshot, role: ClusterRole) -> bool:
    """Whether a role that it selects is from files, and nobody can tell what the controller makes of it."""
    aggregation = snapshot.aggregation
    return any(aggregation.uncertain_rules(name) for name in aggregation.selected[role.name])
