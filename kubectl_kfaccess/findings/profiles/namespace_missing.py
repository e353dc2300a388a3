"""A Profile without a namespace."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.profiles.view import ProfileView

TYPE = FindingType(
    id="profile-namespace-missing",
    severity=Severity.ERROR,
    what="The Profile exists, but its namespace does not.",
    why=(
        "Nobody can work in the profile. The profile controller has not run, or could not create the "
        "namespace."
    ),
    fix=(
        "Read the Profile's conditions (`kubectl get profile NAME -o yaml`) and the log of the Deployment "
        "`profiles-deployment` in the namespace `kubeflow`."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding if the Profile exists and its namespace certainly does not."""
    tenant = view.tenant
    if tenant.profile and tenant.exists is False:
        message = f"there is no namespace `{tenant.name}`"
        yield view.about_profile(TYPE, message, brief="the namespace does not exist")
