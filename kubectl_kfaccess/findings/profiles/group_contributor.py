"""A group with one of Kubeflow's roles in the profile."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, member_text, role_text
from kubectl_kfaccess.rbac.subjects import GROUP

TYPE = FindingType(
    id="profile-group-contributor",
    severity=Severity.WARNING,
    what="A RoleBinding gives a group one of Kubeflow's roles in the profile.",
    why=(
        "The binding counts with kubectl, and inside notebooks that use the members' own credentials. "
        "Kubeflow's services check only the user's name, and the mesh does not know groups, so the members "
        "have no access there."
    ),
    fix="If the members should use Kubeflow's pages, add each of them as a contributor.",
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each group with one of Kubeflow's roles."""
    for member, binding in view.people:
        if member.subject.kind == GROUP and view.grants_kubeflow_role(binding):
            message = (
                f"{member_text(member)} has {role_text(binding)}: its members have it with kubectl alone"
            )
            yield about(binding, TYPE, message, brief="kubectl only", subject=member.subject)
