"""Access for a service account that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, member_text, role_text
from kubectl_kfaccess.kubeflow.tenants.profiles import ACCOUNTS, Member, Tenant
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT

TYPE = FindingType(
    id="profile-dangling-account",
    severity=Severity.WARNING,
    what=(
        "The owner of the profile, or a subject of one of its RoleBindings, is a service account that does "
        "not exist. This is checked only if the service accounts of that namespace could be read. The "
        "profile's own `default-editor` and `default-viewer` have a separate finding, "
        "profile-account-missing."
    ),
    why=(
        "Nobody can use this access now, but the API server grants it by name alone. Anyone who can create "
        "service accounts in that namespace can create one with this name and gets the access. If the "
        "account is the owner, that is the whole profile."
    ),
    fix=(
        "If the account was forgotten, create it: `kubectl create serviceaccount NAME -n NAMESPACE`. "
        "Otherwise delete the binding, or choose another owner."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for the owner and for each member that is a service account that does not exist."""
    accounts = (member for member in view.tenant.members if member.subject.kind == SERVICE_ACCOUNT)
    for member in accounts:
        if _is_managed(member, view.tenant) or not view.profiles.is_account_missing(member.subject):
            continue
        if member.subject == view.tenant.owner:
            message = f"the owner is {member_text(member)}, and there is no such account"
            yield view.about_profile(TYPE, message, brief="no such account", subject=member.subject)
        elif member.binding and member.role_exists is not False:
            role = role_text(member.binding)
            message = f"{member_text(member)} has {role}, and there is no such account"
            yield about(member.binding, TYPE, message, brief="no such account", subject=member.subject)


def _is_managed(member: Member, tenant: Tenant) -> bool:
    """Whether the account is the platform's, or one that the controller creates (see account_missing)."""
    account = member.subject
    is_controllers = account.namespace == tenant.name and account.name in ACCOUNTS
    return is_controllers or member.platform
