"""A cloud identity that people other than the owner can use."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.profiles.view import ProfileView, few, is_guest
from kubectl_kfaccess.kubeflow.tenants.profiles import short_role
from kubectl_kfaccess.rbac.model import RoleBinding, Subject
from kubectl_kfaccess.rbac.rules import Request, rule_allows
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT, spelled

TYPE = FindingType(
    id="profile-cloud-identity",
    severity=Severity.WARNING,
    what=(
        "A service account in the profile has a cloud identity, and people other than the owner can create "
        "pods in the namespace."
    ),
    why=(
        "Anyone who can create a pod chooses the service account that it runs as. So each of these people "
        "has what the cloud provider grants to that identity, and no audit log shows it under their own "
        "name."
    ),
    fix=(
        "Grant the identity no more than every contributor should have, or keep it in a separate profile "
        "without contributors."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each account with a cloud identity if people besides the owner can create pods."""
    identities = view.tenant.identities
    people = _pod_creators(view) if identities else set()
    for identity in identities if people else ():
        names = few(map(spelled, people))
        message = f"{names} can run code as it, and so as `{identity.identity}` ({identity.provider})"
        place = (SERVICE_ACCOUNT, view.tenant.name, identity.account)
        yield Finding(TYPE, *place, message, brief=_brief(len(people)), subject=_only(people))


def _brief(people: int) -> str:
    return "can use its cloud identity" if people == 1 else f"{people:,} others can use its cloud identity"


def _only(people: set[Subject]) -> Subject | None:
    return next(iter(people)) if len(people) == 1 else None


def _pod_creators(view: ProfileView) -> set[Subject]:
    """Return the members, other than the owner, who can create pods and choose their accounts."""
    return {
        member.subject
        for member in view.tenant.members
        if is_guest(member)
        and member.kubectl
        and member.binding
        and _allows_pods(member.binding, view.snapshot)
    }


def _allows_pods(binding: RoleBinding, snapshot: Snapshot) -> bool:
    role = snapshot.role(binding.role_ref, binding.namespace)
    if role is None:  # not read, but the rules of Kubeflow's own roles are known
        return short_role(binding.role_ref) in ("edit", "admin")
    request = Request("create", resource="pods", namespace=binding.namespace)
    return any(rule_allows(rule, request) for rule in snapshot.rules_of(role))
