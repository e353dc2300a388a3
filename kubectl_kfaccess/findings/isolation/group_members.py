"""Groups that have access to a profile, and whose members nobody knows."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import TenantView
from kubectl_kfaccess.findings.isolation.way_findings import direct_findings

TYPE = FindingType(
    id="isolation-group-members",
    severity=Severity.WARNING,
    what="A RoleBinding of the profile names a group, and no cluster knows who is in it.",
    why=(
        "Members can be at home in other tenants, and the owner did not share the profile with them. So "
        "the verdict on this tenant is unknown."
    ),
    fix=(
        "Give an export of your identity provider with `--people FILE`, so that members are looked up. Or "
        "accept the group with `--accept` if you know who is in it."
    ),
)


def find(view: TenantView) -> Iterator[Finding]:
    """Yield a finding for each group that a RoleBinding without the dashboard's annotations names."""
    return direct_findings(TYPE, view.cluster.crossings.unknown_groups(view.name))
