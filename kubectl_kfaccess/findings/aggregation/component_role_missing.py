"""A role that an installed part of Kubeflow should have brought, and that is missing."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.aggregation.component_roles import ComponentRole
from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.kubeflow.aggregation.components import ABOVE, Component, above_of
from kubectl_kfaccess.rbac.model import ClusterRole
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.snapshot import Snapshot

TYPE = FindingType(
    id="component-role-missing",
    severity=Severity.ERROR,
    what=(
        "A part of Kubeflow is installed, but a ClusterRole that its releases bring for tenants does not "
        "exist. The part is known by its served resources, its own service account, or its other roles."
    ),
    why=(
        "The aggregated roles `kubeflow-admin`, `kubeflow-edit` and `kubeflow-view` take their rules from "
        "such roles. Without it profile owners, contributors and `default-editor` are refused the part's "
        'resources: `cannot create resource "inferenceservices"`.'
    ),
    fix=(
        "Apply the roles again from the manifests of the platform's release: the `kubeflow` overlay of the "
        "part brings them, a plain installation or Helm chart of the part alone does not."
    ),
)


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each such role; it matters to the aggregated role that lacks its rules, too."""
    for expected in view.component_roles:
        if expected.role is None and not _is_replaced(expected.component, expected.name, view.snapshot):
            above = above_of(expected.name)
            roles = (above,) if above else ()
            yield Finding(TYPE, ClusterRole.kind, "", expected.name, _text(expected), roles)


def _text(expected: ComponentRole) -> str:
    component, name = expected.component, expected.name
    since = f" since Kubeflow {component.since}" if component.since else ""
    lost = f": `{above_of(name)}` has no rules from it" if name not in ABOVE else ""
    present = f"{component.name} is there ({expected.evidence})"
    return f"absent, though {present}, whose releases bring it{since}{lost}"


def _is_replaced(component: Component, name: str, snapshot: Snapshot) -> bool:
    """Whether none of its roles is there and others stand in for them: a release with other names."""
    if any(("", sibling) in snapshot.cluster_roles for sibling in component.roles):
        return False
    above = above_of(name)
    if ("", above) not in snapshot.cluster_roles:
        return False
    targets = component.grants or component.served
    return any(
        _names(rule.api_groups, group) and _names(rule.resources, resource)
        for rule in snapshot.aggregation.rules(above)
        for group, resource in targets
    )


def _names(listed: tuple[str, ...], wanted: str) -> bool:
    return wanted in listed or ALL in listed
