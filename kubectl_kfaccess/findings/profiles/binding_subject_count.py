"""A binding that the dashboard reads but that does not have exactly one subject."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView

TYPE = FindingType(
    id="profile-binding-subject-count",
    severity=Severity.ERROR,
    what="A RoleBinding with the annotations `user` and `role` has no subject, or more than one.",
    why=(
        "Kubeflow's access management fails at this binding: every list that includes it ends with "
        "`binding subject length not equal to 1`. Nobody can see the contributors of this profile, "
        "administrators cannot list all profiles, and the user in the annotation sees no namespace at all."
    ),
    fix=(
        "Delete the binding, or remove its annotations: `kubectl annotate rolebinding NAME -n PROFILE "
        "user- role-`. Give each contributor a RoleBinding of their own."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each binding with the dashboard's annotations and no subject, or several."""
    for binding, _ in view.annotated:
        if len(binding.subjects) != 1:
            count = len(binding.subjects) or "no"
            message = f"it is annotated for the dashboard, and has {count} subjects"
            yield about(binding, TYPE, message, brief=f"the dashboard fails: {count} subjects")
