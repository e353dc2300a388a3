"""Tenants whose subjects get into a namespace of the platform by steps."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.isolation.way_findings import step_finding

TYPE = FindingType(
    id="isolation-platform-account",
    severity=Severity.ERROR,
    what=(
        "Subjects of a tenant get into a namespace that is no profile by steps: they can act as an account "
        "of the platform, or run code there."
    ),
    why=(
        "Accounts of the platform often have rights in all namespaces, and what runs there serves all "
        "tenants."
    ),
    fix=(
        "Take away what the first step out of the tenant's namespace needs: delete the binding that grants "
        "it."
    ),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each tenant and each such namespace, with proved steps."""
    for way in view.crossings.indirect:
        if not way.crosses and way.is_proved:
            yield step_finding(TYPE, way, view)
