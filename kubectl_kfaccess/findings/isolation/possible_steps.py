"""Tenants whose subjects can possibly get into another tenant by steps."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.isolation.way_findings import step_finding

TYPE = FindingType(
    id="isolation-possible-steps",
    severity=Severity.WARNING,
    what=(
        "Subjects of one tenant, or everybody, get into another tenant by steps, if a condition holds that "
        "cannot be read: a pod is running, a token is stored in a Secret."
    ),
    why=(
        "Whether the way is open can change from one minute to the next, so the verdict on this tenant is "
        "unknown."
    ),
    fix=(
        "Look whether the condition can hold, or take away what the last step needs. `kubectl kfaccess audit "
        "PROFILE --against TENANT` shows the steps."
    ),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each pair of tenants with possible steps alone."""
    proved = {(way.from_tenant, way.into) for way in view.crossings.ways if way.crosses and way.is_proved}
    for way in view.crossings.indirect:
        if way.crosses and not way.is_proved and (way.from_tenant, way.into) not in proved:
            yield step_finding(TYPE, way, view)
