"""A missing role that an installed component of Kubeflow ships."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.aggregation.component_roles import ComponentRole
from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.kubeflow.aggregation.components import PARENTS, Component, parent_of
from kubectl_kfaccess.rbac.model import ClusterRole
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.snapshot import Snapshot

TYPE = FindingType(
    id="component-role-missing",
    severity=Severity.ERROR,
    what=(
        "A component of Kubeflow is installed, but a ClusterRole that its releases ship for tenants does "
        "not exist. A component counts as installed if its resources are served, or if its own service "
        "account or another of its roles exists."
    ),
    why=(
        "The aggregated roles `kubeflow-admin`, `kubeflow-edit` and `kubeflow-view` take their rules from "
        "roles like this. Without it, profile owners, contributors and `default-editor` are denied the "
        'resources of the component: `cannot create resource "inferenceservices"`.'
    ),
    fix=(
        "Apply the roles again from the manifests of the platform's release. The `kubeflow` overlay of the "
        "component contains them; a plain installation or Helm chart of the component alone does not."
    ),
)


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each missing role; it also concerns the aggregated role that lacks its rules."""
    for expected in view.component_roles:
        if expected.role is None and not _is_replaced(expected.component, expected.name, view.snapshot):
            parent = parent_of(expected.name)
            roles = (parent,) if parent else ()
            yield Finding(TYPE, ClusterRole.kind, "", expected.name, _text(expected), roles)


def _text(expected: ComponentRole) -> str:
    component, name = expected.component, expected.name
    since = f" since Kubeflow {component.since}" if component.since else ""
    lost = f": `{parent_of(name)}` has no rules from it" if name not in PARENTS else ""
    present = f"{component.name} is there ({expected.evidence})"
    return f"absent, though {present}, whose releases bring it{since}{lost}"


def _is_replaced(component: Component, name: str, snapshot: Snapshot) -> bool:
    """Whether roles with other names replace all of the component's roles, as in another release."""
    if any(("", sibling) in snapshot.cluster_roles for sibling in component.roles):
        return False
    parent = parent_of(name)
    if ("", parent) not in snapshot.cluster_roles:
        return False
    targets = component.grants or component.served
    return any(
        _names(rule.api_groups, group) and _names(rule.resources, resource)
        for rule in snapshot.aggregation.rules(parent)
        for group, resource in targets
    )


def _names(listed: tuple[str, ...], wanted: str) -> bool:
    return wanted in listed or ALL in listed
