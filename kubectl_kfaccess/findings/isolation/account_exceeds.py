"""Service accounts of a profile that can do more there than people with edit."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.isolation.view import TenantView
from kubectl_kfaccess.findings.profiles.view import few
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.rbac.model import Binding, PolicyRule, RoleRef, Subject
from kubectl_kfaccess.rbac.reach import role_key
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.subjects import displayed, home_of_accounts, spelled

TYPE = FindingType(
    id="isolation-account-exceeds",
    severity=Severity.WARNING,
    what=(
        "A service account of a profile has more rights in its own namespace than `kubeflow-edit` grants. It "
        "is a note if it can only read more."
    ),
    why=(
        "Everyone who can run pods, notebooks or pipelines in the namespace can run them as this account. So "
        "every contributor with edit has what it has, and so does the code of every pipeline."
    ),
    fix=(
        "Bind a role to the account that grants as little as possible. If its work needs more than "
        "contributors should have, run it in a namespace of its own."
    ),
)

_READS = frozenset(("get", "list", "watch"))
_CLUSTER_ADMIN = RoleRef("ClusterRole", "cluster-admin")  # another finding is about that


def find(view: TenantView) -> Iterator[Finding]:
    """Yield a finding for each account of the profile, or group of them, about its first such binding."""
    for who, bindings in sorted(view.snapshot.bound.get(view.name, {}).items()):
        subject = displayed(who)
        if home_of_accounts(subject) == view.name:
            beyond = [(each, rules) for each in bindings if (rules := _beyond(view, each))]
            if beyond:
                rules = tuple(dict.fromkeys(rule for _, more in beyond for rule in more))
                yield _finding(beyond[0][0], subject, rules)


def _finding(binding: Binding, subject: Subject, rules: tuple[PolicyRule, ...]) -> Finding:
    pairs = ((group, resource) for rule in rules for group in rule.api_groups for resource in rule.resources)
    resources = few({_named(*pair) for pair in pairs})
    text = f"`{spelled(subject)}` has more than `{ROLES['edit']}` in its namespace, on {resources}"
    finding = about(binding, TYPE, text, subject=subject)
    return replace(finding, own_severity=Severity.NOTE) if all(map(_reads, rules)) else finding


def _beyond(view: TenantView, binding: Binding) -> tuple[PolicyRule, ...]:
    if binding.role_ref == _CLUSTER_ADMIN:
        return ()
    return view.cluster.beyond_edit.rules(role_key(binding.role_ref, binding.namespace))


def _named(group: str, resource: str) -> str:
    """Return the resource for a message; a star alone would look like all resources of all groups."""
    return f"{resource}.{group}" if resource == ALL and group else resource


def _reads(rule: PolicyRule) -> bool:
    return _READS.issuperset(rule.verbs)
