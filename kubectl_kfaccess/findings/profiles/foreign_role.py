"""People with a role in the profile that is not one of Kubeflow's."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, member_text, role_text

TYPE = FindingType(
    id="profile-foreign-role",
    severity=Severity.WARNING,
    what="A RoleBinding gives people in the profile a role that is not one of Kubeflow's.",
    why=(
        "The dashboard cannot show it. Kubernetes' own `edit` and `view` know neither pipelines nor model "
        "servers, while `admin` and custom roles may grant what no contributor should have."
    ),
    fix=(
        "See what it grants with `kubectl kfaccess access SUBJECT -n PROFILE`. Where `kubeflow-edit` or "
        "`kubeflow-view` would do, bind that one instead."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each user and each group with a role that Kubeflow does not bring."""
    for member, binding in view.people:
        if not view.grants_kubeflow_role(binding):
            role = role_text(binding)
            message = f"{member_text(member)} has {role}, which is not one of Kubeflow's roles"
            yield about(binding, TYPE, message)
