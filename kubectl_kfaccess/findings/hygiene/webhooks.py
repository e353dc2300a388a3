"""Roles that let tenants write admission webhooks."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.hygiene.rights import Right, requests, right_findings
from kubectl_kfaccess.findings.isolation.view import ClusterView

TYPE = FindingType(
    id="hygiene-webhooks",
    severity=Severity.WARNING,
    what=(
        "A ClusterRoleBinding lets a subject that is at home in a tenant, or everybody, write the "
        "configuration of admission webhooks."
    ),
    why=(
        "A webhook sees the objects that everybody writes, Secrets too. A mutating one changes them, and "
        "one that does not answer stops the cluster."
    ),
    fix=("Delete the binding. Platform admins install the webhooks of operators."),
    references=(
        "CIS-5.1.12",
        "C-0281",
        "KSV-0114",
        "CKV_K8S_155",
    ),
)

_RIGHT = Right(
    "write admission webhooks",
    of_cluster=requests(
        ("create", "update", "patch"),
        ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
        ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    ),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each role that lets tenants, or others in their namespaces, do that."""
    return right_findings(TYPE, _RIGHT, view)
