"""People whose role in the profile is not one of Kubeflow's."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, member_text, role_text

TYPE = FindingType(
    id="profile-foreign-role",
    severity=Severity.WARNING,
    what="A RoleBinding gives people in the profile a role that is not one of Kubeflow's.",
    why=(
        "The dashboard cannot show it. Kubernetes' own `edit` and `view` do not cover pipelines or model "
        "servers, while `admin` and custom roles can grant what no contributor should have."
    ),
    fix=(
        "Run `kubectl kfaccess access SUBJECT -n PROFILE` to see what it grants. If `kubeflow-edit` or "
        "`kubeflow-view` is enough, bind that role instead."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each user and each group with a role that is not Kubeflow's."""
    for member, binding in view.people:
        if not view.grants_kubeflow_role(binding):
            role = role_text(binding)
            message = f"{member_text(member)} has {role}, which is not one of Kubeflow's roles"
            brief = f"has `{binding.role_ref.name}`, not Kubeflow's"
            yield about(binding, TYPE, message, brief=brief, subject=member.subject)
