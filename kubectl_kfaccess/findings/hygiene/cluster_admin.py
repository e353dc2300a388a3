"""Bindings of `cluster-admin` that concern tenants."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.isolation.role_findings import is_person
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.rbac.model import Binding, RoleRef
from kubectl_kfaccess.rbac.subjects import Principal, displayed, spelled

TYPE = FindingType(
    id="hygiene-cluster-admin",
    severity=Severity.WARNING,
    what=(
        "`cluster-admin` is bound in the namespace of a tenant, or to the owner of a profile in the whole "
        "cluster."
    ),
    why=(
        "In a namespace it grants more than `kubeflow-admin`: tokens of every account, and any role. An "
        "owner with all rights runs notebooks with the same login, and opens what others put into them."
    ),
    fix=(
        "Bind `kubeflow-admin` or `kubeflow-edit` instead. Platform admins should have a user or a group "
        "that owns no profile."
    ),
    references=("CIS-5.1.1", "C-0185", "KSV-0111"),
)

_ROLE = RoleRef("ClusterRole", "cluster-admin")


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each such binding; those of accounts in the whole cluster are ways into tenants."""
    seen = set[tuple[str, str]]()
    for who, binding in _bound(view):
        if binding.key not in seen:
            seen.add(binding.key)
            where = f"in `{binding.namespace}`" if binding.namespace else "in the whole cluster"
            subject = displayed(who)
            yield about(binding, TYPE, f"`{spelled(subject)}` can do everything {where}", subject=subject)


def _bound(view: ClusterView) -> Iterator[tuple[Principal, Binding]]:
    for who, binding in view.roles.cluster_grants():
        if binding.role_ref == _ROLE and is_person(who):
            yield who, binding
    for namespace in view.names:
        for who, bindings in view.snapshot.bound.get(namespace, {}).items():
            yield from ((who, binding) for binding in bindings if binding.role_ref == _ROLE)
