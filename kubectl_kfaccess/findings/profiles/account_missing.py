"""A service account that every profile has, if it or its role is missing."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.kubeflow.tenants.profiles import ACCOUNTS, Tenant
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT

TYPE = FindingType(
    id="profile-account-missing",
    severity=Severity.ERROR,
    what=(
        "The profile is missing the service account `default-editor` or `default-viewer`, or the RoleBinding "
        "that gives it `kubeflow-edit` or `kubeflow-view`."
    ),
    why=(
        "Notebooks and pipelines run as `default-editor`. Without the account their pods do not start, and "
        "without the binding every request they make is denied."
    ),
    fix=(
        "The profile controller creates both again when it next processes the Profile. Restart it with "
        "`kubectl rollout restart deployment profiles-deployment -n kubeflow`, and read its log if they do "
        "not come back."
    ),
)


def find(view: ProfileView) -> Iterator[Finding]:
    """Yield a finding for each account that does not exist, and for each that is not bound to its role."""
    snapshot, tenant = view.snapshot, view.tenant
    accounts = {account.name for account in tenant.accounts}
    accounts_read = snapshot.service_accounts and not snapshot.gap("serviceaccounts", tenant.name)
    bindings_read = not snapshot.gap("rolebindings", tenant.name)
    bound = _bound_accounts(tenant)
    for account, role in ACCOUNTS.items():
        if accounts_read and account not in accounts:
            yield view.about_profile(TYPE, f"there is no ServiceAccount `{account}`")
        if bindings_read and (Subject(SERVICE_ACCOUNT, account, tenant.name), role) not in bound:
            message = f"no RoleBinding gives `{account}` the ClusterRole `{role}`"
            yield view.about_profile(TYPE, message, brief=f"`{account}` is not bound to `{role}`")


def _bound_accounts(tenant: Tenant) -> set[tuple[Subject, str]]:
    """Return (service account, name of a role that it is bound to) pairs."""
    return {
        (member.subject, member.binding.role_ref.name)
        for member in tenant.members
        if member.binding and member.subject.kind == SERVICE_ACCOUNT
    }
