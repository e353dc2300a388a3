"""Roles that let people bind or write more than they have, or act as others."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.hygiene.rights import Right, requests, right_findings
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.rbac.model import RBAC_GROUP

TYPE = FindingType(
    id="hygiene-bind-escalate-impersonate",
    severity=Severity.WARNING,
    what=(
        "A role lets people, or accounts from elsewhere, use the verbs `bind`, `escalate` or `impersonate` "
        "on every role, or on everybody."
    ),
    why=(
        "With `bind` or `escalate` they give themselves any right, and with `impersonate` they act as "
        "somebody who has it. The audit log then shows the other name."
    ),
    fix=(
        "Take the verbs out of the role. If a tool has to bind certain roles, list their names in "
        "`resourceNames`."
    ),
    references=(
        "CIS-5.1.8",
        "C-0065",
        "C-0191",
        "KSV-0050",
        "CKV_K8S_158",
        "CKV2_K8S_3",
    ),
)

_RIGHT = Right(
    "use the verbs {verbs}",
    (
        *requests(("bind", "escalate"), (RBAC_GROUP, "roles")),
        *requests(("bind",), (RBAC_GROUP, "clusterroles")),
        *requests(("impersonate",), ("", "serviceaccounts")),
    ),
    (
        *requests(("escalate",), (RBAC_GROUP, "clusterroles")),
        *requests(("impersonate",), ("", "users"), ("", "groups")),
    ),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each role that lets tenants, or others in their namespaces, do that."""
    return right_findings(TYPE, _RIGHT, view)
