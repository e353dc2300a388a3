"""A role of an installed part of Kubeflow that its aggregated role does not reach."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.kubeflow.aggregation.components import above_of
from kubectl_kfaccess.rbac.aggregation_tree import members
from kubectl_kfaccess.rbac.snapshot import Snapshot

TYPE = FindingType(
    id="component-role-not-aggregated",
    severity=Severity.WARNING,
    what=(
        "A ClusterRole that a part of Kubeflow brings for tenants exists, but the aggregated role that it "
        "belongs to does not reach it: its label is gone."
    ),
    why=(
        "The rules of the role reach nobody, though it looks installed. Tools that apply only some labels, "
        "and hands that edit them, leave roles like this."
    ),
    fix=(
        "Give the role its label again: `kubectl label clusterrole NAME "
        "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit=true` (`-admin`, `-view`: as the name "
        "of the role ends), and mend the manifest. If tenants are not meant to have these rules, nothing "
        "is to do."
    ),
)


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each such role, unless label_near_miss says why; it matters to both roles."""
    for expected in view.component_roles:
        role, above = expected.role, above_of(expected.name)
        if role and role.name not in view.nearly_selected and _misses(view.snapshot, above, role.name):
            message = f"`{above}` does not reach this role: no label of it is selected"
            yield about(role, TYPE, message, (above,))


def _misses(snapshot: Snapshot, above: str, name: str) -> bool:
    """Whether the aggregated role is there and does not reach the one of that name."""
    return ("", above) in snapshot.cluster_roles and name not in members(snapshot.aggregation, (above,))
