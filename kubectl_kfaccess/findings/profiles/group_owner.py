"""A profile whose owner is a group."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.rbac.subjects import GROUP, spelled

TYPE = FindingType(
    id="profile-group-owner",
    severity=Severity.WARNING,
    what="The owner of the profile is a group.",
    why=(
        "Its members have full access with kubectl, but none in the dashboard, in pipelines or in "
        "notebooks, because Kubeflow's services and the mesh compare the owner only with the user's name. "
        "Nobody can add contributors in the dashboard."
    ),
    fix=(
        "Make one person the owner, and the members contributors. If they need only kubectl, a RoleBinding "
        "for the group is enough."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding if the owner is a group."""
    owner = view.tenant.owner
    if owner and owner.kind == GROUP:
        message = f"the owner is `{spelled(owner)}`: its members have the profile with kubectl alone"
        yield view.about_profile(TYPE, message, brief="owned by a group: kubectl only")
