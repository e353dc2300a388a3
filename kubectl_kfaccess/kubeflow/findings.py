"""Every sort of finding that there is, by the command that finds it."""

from __future__ import annotations

from kubectl_kfaccess.kubeflow import aggregation_health, profile_findings, runner_health
from kubectl_kfaccess.rbac.findings import FindingType

BY_COMMAND: dict[str, tuple[FindingType, ...]] = {
    "check": runner_health.TYPES,
    "aggregation": aggregation_health.TYPES,
    "profiles": profile_findings.TYPES,
}
