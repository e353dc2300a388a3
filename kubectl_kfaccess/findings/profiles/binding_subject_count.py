"""A binding that the dashboard reads, and that has not exactly one subject."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView

TYPE = FindingType(
    id="profile-binding-subject-count",
    severity=Severity.ERROR,
    what="A RoleBinding with the annotations `user` and `role` has no subject, or more than one.",
    why=(
        "Kubeflow's access management gives up at such a binding: every list that it is part of fails with "
        "`binding subject length not equal to 1`. Nobody sees the contributors of this profile any more, "
        "no administrator the list of all profiles, and the user of the annotation has no namespace at all."
    ),
    fix=(
        "Delete the binding, or take the annotations away: `kubectl annotate rolebinding NAME -n PROFILE "
        "user- role-`. Bind each contributor by a RoleBinding of their own."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each binding with the dashboard's annotations that has no subject, or several."""
    for binding, _ in view.annotated:
        if len(binding.subjects) != 1:
            count = len(binding.subjects) or "no"
            yield about(binding, TYPE, f"it is annotated for the dashboard, and has {count} subjects")
