"""Access for a service account that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, member_text, role_text
from kubectl_kfaccess.kubeflow.tenants.profiles import ACCOUNTS, Member, MemberKind, Tenant
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT

TYPE = FindingType(
    id="profile-dangling-account",
    severity=Severity.WARNING,
    what=(
        "The owner of the profile, or a subject of one of its RoleBindings, is a service account that does "
        "not exist. It is judged where the accounts of that namespace could be read; `default-editor` and "
        "`default-viewer` have a finding of their own."
    ),
    why=(
        "Nobody can use this access now, and the API server grants it by the name alone: whoever may "
        "create service accounts in that namespace makes one of the name and has it, in the owner's case "
        "the whole profile."
    ),
    fix=(
        "Create the account, if it was forgotten: `kubectl create serviceaccount NAME -n NAMESPACE`. Else "
        "delete the binding, or make somebody else the owner."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each owner and each member who is an account that is not there."""
    accounts = (member for member in view.tenant.members if member.subject.kind == SERVICE_ACCOUNT)
    for member in accounts:
        if _is_made(member, view.tenant) or not view.profiles.is_account_missing(member.subject):
            continue
        if member.subject == view.tenant.owner:
            message = f"the owner is {member_text(member)}, and there is no such account"
            yield view.about_profile(TYPE, message)
        elif member.binding and member.role_exists is not False:
            role = role_text(member.binding)
            message = f"{member_text(member)} has {role}, and there is no such account"
            yield about(member.binding, TYPE, message)


def _is_made(member: Member, tenant: Tenant) -> bool:
    """Whether the platform has the account, or the controller makes it: account_missing has those."""
    account = member.subject
    is_profiles = account.namespace == tenant.name and account.name in ACCOUNTS
    return is_profiles or member.kind is MemberKind.PLATFORM
