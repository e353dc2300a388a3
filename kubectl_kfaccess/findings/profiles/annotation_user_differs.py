"""A contributor that the dashboard knows by another name than RBAC does."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_BINDING

TYPE = FindingType(
    id="profile-annotation-user-differs",
    severity=Severity.ERROR,
    what="The annotation `user` of a RoleBinding is not the name of its subject.",
    why=(
        "The dashboard offers the profile to the user of the annotation, who is refused everything in it; "
        "the subject has the access, and finds no such profile in the dashboard."
    ),
    fix=(
        "Decide who is meant, delete the RoleBinding and the AuthorizationPolicy of that name, and add the "
        "contributor in the dashboard anew: subjects can be edited by hand, but then the annotation has to "
        "be edited with them."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each binding whose annotation names somebody else than its subject."""
    for binding, annotation in view.annotated:
        if len(binding.subjects) != 1 or binding.name == OWNERS_BINDING:  # owner_differs compares that one
            continue
        name = binding.subjects[0].name
        if annotation.user != name:
            message = f"the dashboard offers the profile to `{annotation.user}`, the binding is for `{name}`"
            yield about(binding, TYPE, message)
