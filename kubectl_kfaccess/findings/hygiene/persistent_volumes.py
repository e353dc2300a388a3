"""Roles that let tenants create PersistentVolumes."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.hygiene.rights import Right, requests, right_findings
from kubectl_kfaccess.findings.isolation.view import ClusterView

TYPE = FindingType(
    id="hygiene-persistent-volumes",
    severity=Severity.WARNING,
    what=(
        "A ClusterRoleBinding lets a subject that is at home in a tenant, or everybody, create "
        "PersistentVolumes."
    ),
    why=(
        "A volume of type `hostPath` brings the files of a node into a pod that only names a claim, and Pod "
        "Security does not see it. Everything that runs on that node is then open."
    ),
    fix=(
        "Delete the binding. Tenants need PersistentVolumeClaims alone: a storage class creates the volumes."
    ),
    references=(
        "CIS-5.1.9",
        "C-0278",
    ),
)

_RIGHT = Right("create PersistentVolumes", of_cluster=requests(("create",), ("", "persistentvolumes")))


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each role that lets tenants, or others in their namespaces, do that."""
    return right_findings(TYPE, _RIGHT, view)
