"""A user with a role in the profile whose requests the mesh refuses."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, member_text
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshAnswer, MeshCause, Reach
from kubectl_kfaccess.kubeflow.tenants.profiles import Member

TYPE = FindingType(
    id="profile-binding-without-policy",
    severity=Severity.WARNING,
    what=(
        "A RoleBinding of the profile gives a user one of Kubeflow's roles, but no AuthorizationPolicy "
        "lets the user reach the workloads in the namespace."
    ),
    why=(
        "The user can work with kubectl and with pipelines, but notebooks and other pages served from the "
        "namespace answer `RBAC: access denied`. The dashboard cannot remove this contributor either, "
        "because it looks for both objects first."
    ),
    fix=(
        "Add the policy that the dashboard writes together with such a binding: `kubectl kfaccess explain "
        "USER get notebooks -n PROFILE -o fix` prints both. Or delete the RoleBinding and add the "
        "contributor in the dashboard."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each user with one of the dashboard's roles that no AuthorizationPolicy admits."""
    for member, binding in view.dashboard_users:
        answer = view.profiles.mesh_answer(view.tenant, member)
        if answer.reach is Reach.NO and not member.policy:
            message = _message(member, answer)
            yield about(binding, TYPE, message, brief="refused by the mesh", subject=member.subject)


def _message(member: Member, answer: MeshAnswer) -> str:
    who = member_text(member)
    if answer.cause is MeshCause.DENIED and answer.policy:
        return f"AuthorizationPolicy `{'/'.join(answer.policy.key)}` denies {who} the workloads"
    return f"no AuthorizationPolicy lets {who} reach the workloads"
