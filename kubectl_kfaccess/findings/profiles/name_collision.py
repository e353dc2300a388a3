"""Users whose bindings the dashboard would give the same name."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, few
from kubectl_kfaccess.kubeflow.tenants.contributors import kfam_name
from kubectl_kfaccess.rbac.subjects import USER

TYPE = FindingType(
    id="profile-name-collision",
    severity=Severity.WARNING,
    what=(
        "The names of two users differ only in characters that Kubeflow replaces when it names a binding, "
        "such as `a.b@example.com` and `a-b@example.com`."
    ),
    why=(
        "With the same role in the same profile, both users would share one RoleBinding. Adding the second "
        "user in the dashboard fails with `already exists`, and removing either user removes the binding "
        "that exists."
    ),
    fix=(
        "Give the second user access with a RoleBinding and an AuthorizationPolicy of a different name, "
        "with the annotations `user` and `role`."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each contributor's binding whose name other users' bindings would get too."""
    for member, binding in view.contributors:
        user = member.subject.name
        alike = view.users.alike(user) | view.profiles.owners.alike(user)
        if alike and binding.name == kfam_name(USER, user, member.short_role):
            message = f"the dashboard would name the binding of {few(alike)} like this one, of `{user}`"
            brief = f"same binding name as {few(alike)}"
            yield about(binding, TYPE, message, brief=brief, subject=member.subject)
