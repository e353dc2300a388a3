"""A contributor that the dashboard knows by a different name than RBAC."""

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
        "The dashboard offers the profile to the user in the annotation, who is then denied everything in "
        "it. The subject of the binding has the access, but does not see the profile in the dashboard."
    ),
    fix=(
        "Decide which of the two should have access, delete the RoleBinding and the AuthorizationPolicy of "
        "the same name, and add the contributor again in the dashboard. You can also edit the subject by "
        "hand, but then change the annotation with it."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each binding whose annotation does not name its subject."""
    for binding, annotation in view.annotated:
        if len(binding.subjects) != 1 or binding.name == OWNERS_BINDING:  # owner_differs checks the owner's
            continue
        name = binding.subjects[0].name
        if annotation.user != name:
            message = f"the dashboard offers the profile to `{annotation.user}`, the binding is for `{name}`"
            brief = f"the dashboard has `{annotation.user}`"
            yield about(binding, TYPE, message, brief=brief, subject=binding.subjects[0])
