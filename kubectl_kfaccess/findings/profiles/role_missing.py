"""A RoleBinding of the profile whose role does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, role_text

TYPE = FindingType(
    id="profile-role-missing",
    severity=Severity.ERROR,
    what="A RoleBinding of the profile refers to a role that does not exist.",
    why=(
        "The binding grants nothing now. But anyone who can create a role of that name decides what its "
        "subjects get."
    ),
    fix=(
        "Install the role again, or delete the binding: `kubectl delete rolebinding NAME -n PROFILE`. The "
        "role of an existing binding cannot be changed."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each binding with subjects whose role certainly does not exist."""
    missing = (member.binding for member in view.tenant.members if member.role_exists is False)
    for binding in {binding.name: binding for binding in missing if binding}.values():
        yield about(binding, TYPE, f"{role_text(binding)} does not exist")
