"""A user that the mesh admits but that has no role in the profile."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_POLICY
from kubectl_kfaccess.kubeflow.planes.mesh.reach import Reach
from kubectl_kfaccess.kubeflow.tenants.profiles import Tenant
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import USER

TYPE = FindingType(
    id="profile-policy-without-binding",
    severity=Severity.WARNING,
    what="An AuthorizationPolicy of the profile admits a user that no RoleBinding in the namespace names.",
    why=(
        "The user can reach notebooks and model servers there by their address, but nobody sees the user "
        "among the contributors. Often the policy was left behind when someone deleted the RoleBinding "
        "with kubectl."
    ),
    fix=(
        "If the user should have no access, delete the policy: `kubectl delete authorizationpolicy NAME -n "
        "PROFILE`. Otherwise add the contributor in the dashboard."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each user that a policy admits and no RoleBinding names."""
    tenant = view.tenant
    if view.snapshot.gap("rolebindings", tenant.name):
        return
    named = _named_users(tenant)
    for policy in tenant.policies:
        users = () if policy.name == OWNERS_POLICY else tenant.admits.get(policy.name, ())
        for user in users:  # owner_differs checks the users of the owner's policy
            if user not in named:
                lets_in = view.profiles.mesh.reaches(identified(Subject(USER, user)), tenant.name)
                does = "is meant to let" if lets_in.reach is Reach.NO else "lets"
                message = f"it {does} `{user}` in, and no RoleBinding of `{tenant.name}` names that user"
                brief = "policy without a role" if lets_in.reach is Reach.NO else "mesh only, no role"
                yield about(policy, TYPE, message, brief=brief, subject=Subject(USER, user))


def _named_users(tenant: Tenant) -> set[str]:
    """Return the names in RoleBindings, both as written and as user names, and the owner's."""
    bound = (member for member in tenant.members if member.binding)
    names = {name for member in bound for name in (member.subject.name, member.user)}
    return names | ({tenant.owner.name} if tenant.owner else set())
