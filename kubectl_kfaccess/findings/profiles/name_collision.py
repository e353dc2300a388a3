"""Users whose bindings the dashboard would give one name."""

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
        "Two users' names differ only in characters that Kubeflow leaves out when it names a binding, as "
        "`a.b@example.com` and `a-b@example.com`."
    ),
    why=(
        "With the same role in the same profile both would have one RoleBinding: adding the second fails "
        "in the dashboard with `already exists`, and removing either removes the one that is there."
    ),
    fix=(
        "Give the second user access by a RoleBinding and an AuthorizationPolicy of another name, with the "
        "annotations `user` and `role`."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each contributor's binding whose name fits other users of the profile as well."""
    for member, binding in view.contributors:
        user = member.subject.name
        alike = view.users.alike(user) | view.profiles.owners.alike(user)
        if alike and binding.name == kfam_name(USER, user, member.short_role):
            message = f"the dashboard would name the binding of {few(alike)} like this one, of `{user}`"
            yield about(binding, TYPE, message)
