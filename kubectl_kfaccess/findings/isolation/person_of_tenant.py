"""Owners of one profile who have access to another without its owner's sharing."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.isolation.way_findings import direct_findings
from kubectl_kfaccess.isolation.way import WayKind
from kubectl_kfaccess.rbac.subjects import home_of_accounts

TYPE = FindingType(
    id="isolation-person-of-tenant",
    severity=Severity.ERROR,
    what=(
        "A RoleBinding gives the owner of one tenant access to another, and its owner has not shared it on "
        "the dashboard."
    ),
    why=(
        "The dashboard does not show such a binding, so the owner does not know of it. It is often left over "
        "from a move, or from a helper's visit."
    ),
    fix=(
        "Delete the binding. If the access is intended, ask the owner to share the profile on the dashboard, "
        "which annotates the binding with the user and the role."
    ),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each such person, and each of their tenants."""
    ways = (
        way
        for way in view.crossings.direct
        if way.crosses
        and way.into
        and way.kind is WayKind.FOREIGN
        and way.from_tenant
        and not home_of_accounts(way.subject)
    )
    return direct_findings(TYPE, ways)
