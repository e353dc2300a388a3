"""A user with a role in the profile that the mesh does not let in."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, member_text
from kubectl_kfaccess.kubeflow.planes.mesh import Reach

TYPE = FindingType(
    id="profile-binding-without-policy",
    severity=Severity.WARNING,
    what=(
        "A RoleBinding of the profile gives a user one of Kubeflow's roles, and no AuthorizationPolicy "
        "lets the user reach the workloads of the namespace."
    ),
    why=(
        "The user can work with kubectl and in the pipelines, but notebooks and other pages that are "
        "served from the namespace answer `RBAC: access denied`. The dashboard cannot remove such a "
        "contributor either: it looks for both objects first."
    ),
    fix=(
        "Add the policy that the dashboard writes beside such a binding: `kubectl kfaccess explain USER "
        "get notebooks -n PROFILE -o fix` prints both. Or take the contributor out and add them in the "
        "dashboard."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each user with a role of the dashboard that no AuthorizationPolicy lets in."""
    for member, binding in view.dashboard_users:
        if not member.policy and view.profiles.reach(view.tenant, member) is Reach.NO:
            message = f"no AuthorizationPolicy lets {member_text(member)} reach the workloads"
            yield about(binding, TYPE, message)
