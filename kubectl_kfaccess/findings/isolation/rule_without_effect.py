"""Rules that grant nothing, because RoleBindings alone bind their role, or because of what they name."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.profiles.view import few
from kubectl_kfaccess.isolation.dead_rules import DeadRules
from kubectl_kfaccess.isolation.tenant_roles import TENANTS

TYPE = FindingType(
    id="isolation-rule-without-effect",
    severity=Severity.NOTE,
    what=(
        "A role that only RoleBindings bind has rules that grant nothing: on cluster-scoped resources, on "
        "URLs, to impersonate users or groups, `bind` on bindings, or `create` with resourceNames."
    ),
    why=(
        "RBAC accepts such rules without a word. So their author believes that tenants have these rights, "
        "and a ClusterRoleBinding of the same role would really grant them, in the whole cluster."
    ),
    fix=(
        "Take the rules out of the role. If somebody needs what they say, bind a ClusterRole with them "
        "alone by a ClusterRoleBinding, to subjects that no tenant can act as."
    ),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each role of tenants that has such a rule and that no release ships so."""
    dead = DeadRules(view.types)
    for source in view.roles.sources:
        is_cluster_role = source.role.kind == "ClusterRole"
        is_everywhere = is_cluster_role and source.role.name in view.roles.cluster_wide
        if not source.kubernetes_own and not is_everywhere:
            what = {text for rule in source.unshipped if (text := dead.text(rule))}
            if what and source.held(*TENANTS):
                yield about(source.role, TYPE, f"grants nothing by a RoleBinding on {few(what)}")
