"""Bindings in the namespaces of tenants that name `system:masters`."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.rbac.subjects import GROUP, MASTERS, Principal, displayed

TYPE = FindingType(
    id="hygiene-masters",
    severity=Severity.WARNING,
    what="A RoleBinding in the namespace of a tenant names the group `system:masters`.",
    why=(
        "The API server allows this group everything before it reads a single binding, so the binding grants "
        "nothing. It says that somebody of the tenant works with the cluster's own certificate, which cannot "
        "be revoked."
    ),
    fix=(
        "Delete the binding. Keep the certificate for emergencies, and give platform admins a group of your "
        "identity provider."
    ),
    references=("CIS-5.1.7", "KSV-0123"),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each such RoleBinding, the profile controller's of an owner included."""
    who = Principal(GROUP, MASTERS)
    for namespace in view.names:
        for binding in view.snapshot.bound.get(namespace, {}).get(who, ()):
            message = f"names `{MASTERS}`, who can do everything without it"
            yield about(binding, TYPE, message, subject=displayed(who))
