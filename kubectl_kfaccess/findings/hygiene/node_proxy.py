"""Roles that let tenants use the kubelet's API."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.hygiene.rights import Right, requests, right_findings
from kubectl_kfaccess.findings.isolation.view import ClusterView

TYPE = FindingType(
    id="hygiene-node-proxy",
    severity=Severity.WARNING,
    what=(
        "A ClusterRoleBinding lets a subject that is at home in a tenant, or everybody, use `nodes/proxy`."
    ),
    why=(
        "It reaches the API of the kubelet, which runs commands in every pod of the node and asks nobody "
        "else. `get` is enough, because a websocket begins with a GET."
    ),
    fix=("Delete the binding. Monitoring needs `nodes/metrics` and `nodes/stats` alone."),
    references=(
        "CIS-5.1.10",
        "C-0279",
        "KSV-0047",
        "CKV2_K8S_2",
    ),
)

_RIGHT = Right(
    "run commands in the pods of every node by `nodes/proxy`",
    of_cluster=requests(("get", "create"), ("", "nodes", "proxy")),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each role that lets tenants, or others in their namespaces, do that."""
    return right_findings(TYPE, _RIGHT, view)
