"""Roles of tenants with wildcards, which also cover what is installed tomorrow."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.role_findings import role_finding
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.isolation.tenant_roles import GUESTS
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import ALL

TYPE = FindingType(
    id="hygiene-wildcards",
    severity=Severity.WARNING,
    what=(
        "A role that people have in a tenant, or accounts from elsewhere, has a rule with a star for all "
        "verbs, all resources or all API groups."
    ),
    why=(
        "A star covers resources that do not exist yet, such as those of the next operator, and verbs that "
        "nobody thinks of, such as `bind` or `impersonate`."
    ),
    fix="List the verbs and resources that are needed.",
    references=("CIS-5.1.3", "C-0187", "KSV-0046", "KSV-0112", "CKV_K8S_49"),
)

_CLUSTER_ADMIN = "cluster-admin"  # another finding is about that


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each role with such a rule that no release ships so."""
    for source in view.roles.sources:
        is_wild = source.key != ("ClusterRole", "", _CLUSTER_ADMIN) and any(map(_is_wild, source.unshipped))
        if is_wild and (held := source.held(*GUESTS).without(view.on_ways)):
            yield role_finding(TYPE, source, held, "do what a star in a rule covers")


def _is_wild(rule: PolicyRule) -> bool:
    return bool(rule.resources) and ALL in (*rule.verbs, *rule.api_groups, *rule.resources)
