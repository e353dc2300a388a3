"""A contributor whose annotated role is not the one that the binding grants."""

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
        "Access follows the binding, and the dashboard shows the binding's role. But a list of "
        "contributors by role follows the annotation, so a contributor has more or less access than that "
        "list says."
    ),
    fix=(
        "The role of an existing binding cannot be changed. Delete the RoleBinding and the "
        "AuthorizationPolicy of the same name, and add the contributor again with the intended role."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each binding whose annotation names a different role than it grants."""
    for binding, annotation in view.annotated:
        granted = (short_role(binding.role_ref), binding.role_ref.name)
        if len(binding.subjects) == 1 and annotation.role not in granted:
            message = f"it is annotated with the role `{annotation.role}`, and grants {role_text(binding)}"
            brief = f"annotated `{annotation.role}`, has `{binding.role_ref.name}`"
            yield about(binding, TYPE, message, brief=brief, subject=binding.subjects[0])
