"""A Profile without a namespace."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.profiles.view import ProfileView

TYPE = FindingType(
    id="profile-namespace-missing",
    severity=Severity.ERROR,
    what="There is a Profile, and no namespace of its name.",
    why="Nobody can work in it. The profile controller has not run, or could not make the namespace.",
    fix=(
        "Read the Profile's conditions (`kubectl get profile NAME -o yaml`) and the log of Deployment "
        "`profiles-deployment` in namespace `kubeflow`."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding where there is a Profile and surely no namespace of its name."""
    tenant = view.tenant
    if tenant.profile and tenant.exists is False:
        yield view.about_profile(TYPE, f"there is no namespace `{tenant.name}`")
