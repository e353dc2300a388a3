"""A user with a role in the profile that the dashboard does not show."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, member_text, role_text

TYPE = FindingType(
    id="profile-contributor-invisible",
    severity=Severity.WARNING,
    what="A RoleBinding without the annotations `user` and `role` gives a user one of Kubeflow's roles.",
    why=(
        "The access is real, with kubectl and in Kubeflow's services. But the dashboard does not offer the "
        "profile to the user, and it does not show the user to the owner, who cannot remove the access "
        "there."
    ),
    fix=(
        "Add the contributor in the dashboard and delete this binding. Or annotate the binding with the "
        "subject's name and the role: `kubectl annotate rolebinding NAME -n PROFILE user=USER role=edit`."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each user with one of the dashboard's roles whose binding is not annotated."""
    for member, binding in view.dashboard_users:
        if not member.annotation:
            message = f"{member_text(member)} has {role_text(binding)}, and the dashboard does not know"
            yield about(binding, TYPE, message, brief="not in the dashboard", subject=member.subject)
