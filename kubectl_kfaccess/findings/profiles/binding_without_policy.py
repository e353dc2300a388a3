"""A user with a role in the profile whose requests the mesh refuses."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, member_text
from kubectl_kfaccess.kubeflow.planes.mesh.reach import Reach

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
        if not member.policy and view.profiles.reach(view.tenant, member) is Reach.NO:
            message = f"no AuthorizationPolicy lets {member_text(member)} reach the workloads"
            yield about(binding, TYPE, message)
