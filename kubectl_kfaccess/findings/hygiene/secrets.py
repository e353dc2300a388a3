"""Roles below edit that let people read Secrets."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.hygiene.rights import Right, requests, right_findings
from kubectl_kfaccess.findings.isolation.view import ClusterView

TYPE = FindingType(
    id="hygiene-secrets",
    severity=Severity.WARNING,
    what=(
        "A role that is less than `kubeflow-edit` lets people, or accounts from elsewhere, read the Secrets "
        "of a tenant. Rules with resourceNames do not count."
    ),
    why=(
        "Secrets hold passwords, keys of the cloud and tokens of service accounts. `patch` and "
        "`deletecollection` return the data as well, even of a dry run."
    ),
    fix=(
        "Name the Secrets that are needed in `resourceNames`, and grant only `get`. Or mount them into the "
        "pods that need them."
    ),
    references=(
        "CIS-5.1.2",
        "C-0186",
        "KSV-0041",
        "KSV-0113",
        "CKV2_K8S_5",
    ),
)

_RIGHT = Right(
    "read Secrets",
    requests(("get", "list", "watch", "patch", "deletecollection"), ("", "secrets")),
    below_edit=True,
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each role that lets tenants, or others in their namespaces, do that."""
    return right_findings(TYPE, _RIGHT, view)
