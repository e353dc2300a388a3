"""
All findings, and the functions that look for them.

Each finding is a module with a `TYPE` and a function `find`, which takes the view of its group. A view
computes each fact once, for all findings of the group. To add a finding, write its module and add the
module's name to the group below. A group is imported when it is first used, because no command needs all of
them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from itertools import chain
from types import ModuleType
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_kfaccess.findings.finding import Finding, FindingType, in_order
from kubectl_kfaccess.findings.managed import with_manager

if TYPE_CHECKING:
    from kubectl_kfaccess.findings.aggregation.view import AggregationView
    from kubectl_kfaccess.findings.isolation.view import ClusterView, TenantView
    from kubectl_kfaccess.findings.pipelines.view import InstallationView, RunnerView
    from kubectl_kfaccess.findings.profiles.view import ProfileView
    from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline
    from kubectl_kfaccess.rbac.snapshot import Snapshot


class Group(Struct, frozen=True):
    """The findings that share one view: the *folder* of their modules, and the *names* of the modules."""

    folder: str
    names: tuple[str, ...]


PROFILES = Group(
    "profiles",
    (
        "account_missing",
        "annotation_role_differs",
        "annotation_user_differs",
        "binding_subject_count",
        "binding_without_policy",
        "cloud_identity",
        "contributor_invisible",
        "dangling_account",
        "foreign_account",
        "foreign_role",
        "group_contributor",
        "group_owner",
        "name_collision",
        "namespace_missing",
        "owner_differs",
        "owner_spelling",
        "policy_without_binding",
        "role_missing",
        "user_unknown",
    ),
)
"""Where a profile's objects contradict each other, the dashboard, or the names that people log in with."""

UNMADE_PROFILES = Group("profiles", ("namespace_missing",))
"""What can be wrong with a profile for which nothing has been created yet."""

RUNNERS = Group(
    "pipelines",
    (
        "account_missing",
        "binding_missing",
        "binding_other_role",
        "binding_other_subject",
        "is_admin",
        "role_missing",
    ),
)
"""Whether the subjects that run pipelines have the bindings they need, and no dangerous ones."""

SHIPPED_ROLES = Group("pipelines", ("rules_added", "rules_missing"))
"""How a role that pipelines use differs from the one that the release shipped."""

INSTALLATION = Group("pipelines", ("any_account", "secrets_shared"))
"""What the installation of pipelines opens to everyone who works in a namespace."""

AGGREGATION = Group(
    "aggregation",
    (
        "component_role_missing",
        "component_role_not_aggregated",
        "cycle",
        "label_near_miss",
        "label_unselected",
        "not_reconciled",
        "own_rules_overwritten",
        "resource_not_granted",
        "selector_invalid",
        "selects_nothing",
        "unserved_resource",
    ),
)
"""Where the aggregation of ClusterRoles does not work as intended."""

ISOLATION = Group(
    "isolation",
    (
        "account_everywhere",
        "bound_elsewhere",
        "cluster_local_gateway",
        "endpoints",
        "everybody",
        "mesh_open",
        "mesh_owner_policy",
        "mesh_writable",
        "metadata_shared",
        "person_of_tenant",
        "pipelines_release",
        "pipelines_shared",
        "platform_account",
        "possible_steps",
        "rule_without_effect",
        "service_trusts_header",
        "shared_writer",
        "sharing_not_expected",
        "steps",
        "view_runs_code",
    ),
)
"""What crosses from one tenant into another, and what in the whole cluster can open such a way."""

ISOLATION_OF_TENANT = Group(
    "isolation",
    (
        "account_exceeds",
        "group_members",
        "mesh_absent",
        "mesh_ambient",
        "pod_security",
    ),
)
"""What in the namespace of one tenant can open a way into it, or out of it."""

ACCESS_OF_OTHERS = Group(
    "profiles",
    (
        "annotation_role_differs",
        "annotation_user_differs",
        "contributor_invisible",
        "dangling_account",
        "foreign_account",
        "foreign_role",
        "owner_differs",
        "policy_without_binding",
        "role_missing",
        "user_unknown",
    ),
)
"""What `audit` says of each profile as well: who has access that the owner does not see, or nobody has."""

HYGIENE = Group(
    "hygiene",
    (
        "approve_certificates",
        "bind_escalate_impersonate",
        "cluster_admin",
        "create_pods",
        "create_tokens",
        "default_account",
        "masters",
        "node_proxy",
        "persistent_volumes",
        "secrets",
        "webhooks",
        "wildcards",
    ),
)
"""Rights that tenants have and no tenant needs."""

LOST_ROLES = Group("aggregation", ("component_role_not_aggregated",))
"""What `check` says of aggregation, too: roles that tenants no longer get."""

BY_COMMAND = {
    "check": (RUNNERS, SHIPPED_ROLES, INSTALLATION),
    "aggregation": (AGGREGATION,),
    "profiles": (PROFILES,),
    "audit": (ISOLATION, ISOLATION_OF_TENANT, HYGIENE),
}
"""For each command, the groups of findings that it looks for."""


def profile_findings(view: ProfileView) -> tuple[Finding, ...]:
    """Return the findings about one profile, errors first."""
    return _findings(PROFILES if view.is_made else UNMADE_PROFILES, view, view.snapshot)


def runner_findings(view: RunnerView) -> tuple[Finding, ...]:
    """Return the findings about one subject that runs pipelines, errors first."""
    return _findings(RUNNERS, view, view.snapshot)


def shipped_role_findings(roles: Iterable[Baseline], snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return the findings about *roles*, each compared with what its release shipped, errors first."""
    return in_order(finding for role in roles for finding in _findings(SHIPPED_ROLES, role, snapshot))


def installation_findings(view: InstallationView) -> tuple[Finding, ...]:
    """Return the findings about the installation of pipelines, errors first."""
    return _findings(INSTALLATION, view, view.snapshot)


def lost_role_findings(view: AggregationView) -> tuple[Finding, ...]:
    """Return the findings about shipped roles that are no longer aggregated."""
    return _findings(LOST_ROLES, view, view.snapshot)


def aggregation_findings(view: AggregationView) -> tuple[Finding, ...]:
    """Return the findings about aggregation, errors first."""
    return _findings(AGGREGATION, view, view.snapshot)


def access_findings(view: ProfileView) -> tuple[Finding, ...]:
    """Return the findings about who has access to one profile, errors first."""
    return _findings(ACCESS_OF_OTHERS, view, view.snapshot) if view.is_made else ()


def isolation_findings(view: ClusterView) -> tuple[Finding, ...]:
    """Return the findings about the isolation of all tenants, errors first."""
    return _findings(ISOLATION, view, view.snapshot)


def tenant_isolation_findings(view: TenantView) -> tuple[Finding, ...]:
    """Return the findings about the isolation of one tenant, errors first."""
    return _findings(ISOLATION_OF_TENANT, view, view.snapshot)


def hygiene_findings(view: ClusterView) -> tuple[Finding, ...]:
    """Return the findings about rights that no tenant needs."""
    return _findings(HYGIENE, view, view.snapshot)


def types(group: Group) -> tuple[FindingType, ...]:
    """Return the types of the group's findings, in the order of their modules."""
    return tuple(module.TYPE for module in modules(group))


def ids(*groups: Group) -> frozenset[str]:
    """Return the ids of the findings of *groups*."""
    return frozenset(kind.id for group in groups for kind in types(group))


def every_id() -> frozenset[str]:
    """Return the ids of all findings."""
    return ids(*(group for groups in BY_COMMAND.values() for group in groups))


@cache
def modules(group: Group) -> tuple[ModuleType, ...]:
    """Return the modules of the group's findings."""
    return tuple(import_module(f"kubectl_kfaccess.findings.{group.folder}.{name}") for name in group.names)


def _findings(group: Group, view: object, snapshot: Snapshot) -> tuple[Finding, ...]:
    findings = chain.from_iterable(module.find(view) for module in modules(group))
    return in_order(with_manager(finding, snapshot) for finding in findings)
