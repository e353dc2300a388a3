"""Roles below edit that let people create pods, or what creates pods."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.hygiene.rights import Right, requests, right_findings
from kubectl_kfaccess.findings.isolation.view import ClusterView

TYPE = FindingType(
    id="hygiene-create-pods",
    severity=Severity.WARNING,
    what=(
        "A role that is less than `kubeflow-edit` lets people, or accounts from elsewhere, create pods in "
        "the namespace of a tenant, or workloads that create pods."
    ),
    why=(
        "A pod runs as any service account of the namespace and mounts every Secret there. So this role is "
        "edit, although it does not look so."
    ),
    fix=("Take the rule out of the role, or bind `kubeflow-edit`, which says what it is."),
    references=(
        "CIS-5.1.4",
        "C-0188",
        "KSV-0048",
    ),
)

_RIGHT = Right(
    "create pods, or what creates pods,",
    requests(
        ("create",),
        ("", "pods"),
        ("", "replicationcontrollers"),
        *(("apps", kind) for kind in ("daemonsets", "deployments", "replicasets", "statefulsets")),
        *(("batch", kind) for kind in ("cronjobs", "jobs")),
    ),
    below_edit=True,
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each role that lets tenants, or others in their namespaces, do that."""
    return right_findings(TYPE, _RIGHT, view)
