"""Rights of the account `default`, which every pod has that names no other."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT_PREFIX, USER, Principal, displayed

TYPE = FindingType(
    id="hygiene-default-account",
    severity=Severity.WARNING,
    what="A RoleBinding in the namespace of a tenant gives rights to the service account `default`.",
    why=(
        "Every pod that names no account runs as `default` and has its token: what somebody downloads and "
        "starts then has these rights as well, and nobody chose to give them."
    ),
    fix="Bind an account of its own, name it in the pods that need the rights, and delete this binding.",
    references=("CIS-5.1.5", "C-0189", "CKV_K8S_42"),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each RoleBinding in a profile that names its account `default`."""
    for namespace in view.names:
        who = Principal(USER, f"{SERVICE_ACCOUNT_PREFIX}{namespace}:default")
        for binding in view.snapshot.bound.get(namespace, {}).get(who, ()):
            message = f"gives {binding.role_ref.kind} `{binding.role_ref.name}` to the account `default`"
            yield about(binding, TYPE, message, subject=displayed(who))
