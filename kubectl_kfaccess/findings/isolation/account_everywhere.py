"""A tenant's service accounts that have rights in the whole cluster."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.isolation.way_findings import direct_findings
from kubectl_kfaccess.isolation.way import EVERY_TENANT, WayKind

TYPE = FindingType(
    id="isolation-account-everywhere",
    severity=Severity.ERROR,
    what="A ClusterRoleBinding gives service accounts of one tenant rights in the namespaces of all tenants.",
    why=(
        "Everyone who can run pods, notebooks or pipelines in that tenant's namespace can act as these "
        "accounts, and so gets into every other tenant."
    ),
    fix=(
        "Delete the ClusterRoleBinding. If the account needs the role in its own namespace, bind it there "
        "with a RoleBinding."
    ),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each account, and each group of accounts, of a tenant."""
    ways = (
        way
        for way in view.crossings.direct
        if way.crosses and way.into == EVERY_TENANT and way.kind is WayKind.FOREIGN
    )
    return direct_findings(TYPE, ways)
