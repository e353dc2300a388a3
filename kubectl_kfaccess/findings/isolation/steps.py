"""Tenants whose subjects get into another tenant by steps."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.isolation.way_findings import step_finding

TYPE = FindingType(
    id="isolation-steps",
    severity=Severity.ERROR,
    what=(
        "Subjects of one tenant, or everybody, get into another tenant by steps: they run code as an "
        "account, make a token, impersonate somebody or bind a role."
    ),
    why=(
        "No binding shows this, because each step is allowed for itself. The API server or a controller "
        "vouches for every step, so anyone of that tenant can take them today."
    ),
    fix=(
        "Take away what the last step before the other tenant needs. `kubectl kfaccess audit PROFILE "
        "--against TENANT` shows the steps, and what stops them."
    ),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each pair of tenants with proved steps, everybody included."""
    for way in view.crossings.indirect:
        if way.crosses and way.is_proved:
            yield step_finding(TYPE, way, view)
