"""A tenant's service accounts that have rights in a namespace of the platform."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.isolation.way_findings import direct_findings
from kubectl_kfaccess.isolation.way import WayKind
from kubectl_kfaccess.rbac.subjects import home_of_accounts

TYPE = FindingType(
    id="isolation-bound-elsewhere",
    severity=Severity.WARNING,
    what="A RoleBinding in a namespace that is no profile names service accounts of a tenant.",
    why=(
        "What runs in that namespace often serves all tenants: who changes it, or reads its Secrets, can get "
        "into all of them. Everyone who can run code in the tenant's namespace can act as these accounts."
    ),
    fix="Delete the binding, unless the access is intended and harmless. Then accept it with `--accept`.",
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each account, and group of accounts, of a tenant."""
    namespaces = view.crossings.tenants.namespaces
    ways = (
        way
        for way in view.crossings.direct
        if way.into
        and way.into not in namespaces
        and way.kind is WayKind.FOREIGN
        and home_of_accounts(way.subject)
    )
    return direct_findings(TYPE, ways)
