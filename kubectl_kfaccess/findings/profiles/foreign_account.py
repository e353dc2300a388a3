"""Service accounts from another namespace that have a role in the profile."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.profiles.view import ProfileView, member_text, role_text

TYPE = FindingType(
    id="profile-foreign-account",
    severity=Severity.WARNING,
    what=(
        "A RoleBinding of the profile names service accounts from another namespace, which is not one of "
        "the platform's. If they are another tenant's, it is an error."
    ),
    why=(
        "Everyone who can run pods, notebooks or pipelines in that namespace can act as these accounts, "
        "and so has this access too. The owner of this profile has no say in who they are."
    ),
    fix=(
        "If this is not intended, delete the binding. If it is, bind a role that grants as little as "
        "possible, to one account that nothing else runs as."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each account or group of accounts of another tenant, and for all accounts."""
    for member, binding in view.foreign_accounts:
        role = role_text(binding)
        brief = _CAN.get(member.short_role, f"has {role} here")
        message = f"{member_text(member)} has {role} here"
        finding = about(binding, TYPE, message, brief=brief, subject=member.subject)
        from_tenant = view.tenant_of_accounts(member.subject)
        if from_tenant is None:
            yield finding
        else:
            tenant = view.tenant.name
            yield replace(finding, own_severity=Severity.ERROR, tenant=tenant, from_tenant=from_tenant)


_CAN = {"admin": "is an admin here", "edit": "can edit here", "view": "can view here"}
