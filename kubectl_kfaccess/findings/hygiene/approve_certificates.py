"""Roles that let tenants approve requests for certificates."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.hygiene.rights import Right, requests, right_findings
from kubectl_kfaccess.findings.isolation.view import ClusterView

TYPE = FindingType(
    id="hygiene-approve-certificates",
    severity=Severity.WARNING,
    what=(
        "A ClusterRoleBinding lets a subject that is at home in a tenant, or everybody, approve "
        "CertificateSigningRequests."
    ),
    why=(
        "Who can approve for the right signer gets a client certificate for any user name, which cannot be "
        "revoked."
    ),
    fix=("Delete the binding. Certificates for the services of a tenant are the work of cert-manager."),
    references=(
        "CIS-5.1.11",
        "C-0280",
        "CKV_K8S_156",
    ),
)

_RIGHT = Right(
    "approve requests for certificates",
    of_cluster=requests(
        ("update", "patch"), ("certificates.k8s.io", "certificatesigningrequests", "approval")
    ),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each role that lets tenants, or others in their namespaces, do that."""
    return right_findings(TYPE, _RIGHT, view)
