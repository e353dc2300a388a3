"""A role of an installed component that its aggregated role does not select."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.kubeflow.aggregation.components import parent_of
from kubectl_kfaccess.rbac.aggregation_tree import members
from kubectl_kfaccess.rbac.snapshot import Snapshot

TYPE = FindingType(
    id="component-role-not-aggregated",
    severity=Severity.ERROR,
    what=(
        "A ClusterRole that a component of Kubeflow ships for tenants exists, but the aggregated role that "
        "it belongs to does not select it, because its label is gone."
    ),
    why=(
        "The role looks installed, but its rules reach nobody. This happens when a tool applies only some "
        "of the labels, or when someone edits them by hand."
    ),
    fix=(
        "Give the role its label again: `kubectl label clusterrole NAME "
        "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit=true` (or `-admin` or `-view`, as the "
        "name of the role ends), and fix the manifest. If tenants should not have these rules, there is "
        "nothing to do."
    ),
)


def find(view: AggregationView) -> Iterator[Finding]:
    """
    Yield a finding, about both roles, for each such role unless label_near_miss already explains it.

    It is a warning if the other role selects nothing at all: somebody has written its rules by hand.
    """
    for expected in view.component_roles:
        role, parent = expected.role, parent_of(expected.name)
        if role and role.name not in view.nearly_selected and _misses(view.snapshot, parent, role.name):
            message = f"`{parent}` does not reach this role: no label of it is selected"
            finding = about(role, TYPE, message, (parent,))
            selects = bool(view.snapshot.cluster_roles["", parent].selectors)
            yield finding if selects else replace(finding, own_severity=Severity.WARNING)


def _misses(snapshot: Snapshot, parent: str, name: str) -> bool:
    """Whether the aggregated role *parent* exists and does not select *name*, directly or through others."""
    return ("", parent) in snapshot.cluster_roles and name not in members(snapshot.aggregation, (parent,))
