"""A cloud identity that people beside the owner can use."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.profiles.view import BESIDE_OWNER, ProfileView, few
from kubectl_kfaccess.kubeflow.tenants.profiles import short_role
from kubectl_kfaccess.rbac.model import RoleBinding
from kubectl_kfaccess.rbac.rules import Request, rule_allows
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT, spelled

TYPE = FindingType(
    id="profile-cloud-identity",
    severity=Severity.WARNING,
    what=(
        "A service account of the profile is somebody to a cloud provider, and people beside the owner may "
        "create pods in the namespace."
    ),
    why=(
        "Whoever may create a pod chooses the account that it runs as. So each of these people has what "
        "the cloud provider grants to that identity, in no audit log under their own name."
    ),
    fix=(
        "Grant the identity no more than every contributor may have. Or keep it in a profile of its own, "
        "without contributors."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each account with a cloud identity, where others than the owner can create pods."""
    identities = view.tenant.identities
    names = _pod_creators(view) if identities else set()
    for identity in identities if names else ():
        message = f"{few(names)} may run code as it, and so as `{identity.identity}` ({identity.provider})"
        yield Finding(TYPE, SERVICE_ACCOUNT, view.tenant.name, identity.account, message)


def _pod_creators(view: ProfileView) -> set[str]:
    """The members beside the owner who can create pods, which run as any account that they choose."""
    return {
        spelled(member.subject)
        for member in view.tenant.members
        if member.kind in BESIDE_OWNER
        and member.kubectl
        and member.binding
        and _allows_pods(member.binding, view.snapshot)
    }


def _allows_pods(binding: RoleBinding, snapshot: Snapshot) -> bool:
    role = snapshot.role(binding.role_ref, binding.namespace)
    if role is None:  # it was not read; what Kubeflow's own hold is known
        return short_role(binding.role_ref) in ("edit", "admin")
    request = Request("create", resource="pods", namespace=binding.namespace)
    return any(rule_allows(rule, request) for rule in snapshot.rules_of(role))
