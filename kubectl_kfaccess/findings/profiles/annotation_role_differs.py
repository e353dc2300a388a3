"""A contributor whose role in the dashboard is not the one that the binding grants."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, role_text
from kubectl_kfaccess.kubeflow.tenants.profiles import short_role

TYPE = FindingType(
    id="profile-annotation-role-differs",
    severity=Severity.ERROR,
    what="The annotation `role` of a RoleBinding is not the role that the binding grants.",
    why=(
        "Access is what the binding grants, and the dashboard shows that; whoever lists contributors by "
        "role gets them by the annotation. So somebody has more or less power than a list says."
    ),
    fix=(
        "A binding's role cannot be changed. Delete the RoleBinding and the AuthorizationPolicy of that "
        "name, and add the contributor with the role that is meant."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each binding whose annotation names another role than it grants."""
    for binding, annotation in view.annotated:
        granted = (short_role(binding.role_ref), binding.role_ref.name)
        if len(binding.subjects) == 1 and annotation.role not in granted:
            message = f"it is annotated with the role `{annotation.role}`, and grants {role_text(binding)}"
            yield about(binding, TYPE, message)
