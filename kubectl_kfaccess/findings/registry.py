"""
Every finding that there is, and the functions that look for them.

A finding is a module with its `TYPE` and a function `find`, which takes the view of its group: what a view
knows is worked out once for all who ask. A new finding is a module, and its name in the group here. A group
is imported when it is first asked, since no command needs all of them.
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

if TYPE_CHECKING:
    from kubectl_kfaccess.findings.aggregation.view import AggregationView
    from kubectl_kfaccess.findings.pipelines.view import InstallationView, RunnerView
    from kubectl_kfaccess.findings.profiles.view import ProfileView
    from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline


class Group(Struct, frozen=True):
    """The findings that look at one view: the *folder* of their modules, and the modules' *names*."""

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
    ),
)
"""Where a profile disagrees: its objects with each other, with the dashboard, with how people log in."""

UNMADE_PROFILES = Group("profiles", ("namespace_missing",))
"""What can be wrong with a profile of which nothing has been made yet: nothing is there to disagree."""

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
"""Whether those who run pipelines are bound, and whether to too much."""

SHIPPED_ROLES = Group("pipelines", ("rules_added", "rules_missing"))
"""How a role that pipelines use differs from the shipped one."""

INSTALLATION = Group("pipelines", ("any_account", "secrets_shared"))
"""What the way in which pipelines are installed means for everybody in a namespace."""

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
        "selector_invalid",
        "selects_nothing",
        "unserved_resource",
    ),
)
"""Where the aggregation of ClusterRoles does not do what it should."""

BY_COMMAND = {
    "check": (RUNNERS, SHIPPED_ROLES, INSTALLATION),
    "aggregation": (AGGREGATION,),
    "profiles": (PROFILES,),
}
"""The groups by the command that looks for their findings."""


def profile_findings(view: ProfileView) -> tuple[Finding, ...]:
    """Return the findings about one profile, errors first."""
    return _findings(PROFILES if view.is_made else UNMADE_PROFILES, view)


def runner_findings(view: RunnerView) -> tuple[Finding, ...]:
    """Return the findings about one who runs pipelines, errors first."""
    return _findings(RUNNERS, view)


def shipped_role_findings(roles: Iterable[Baseline]) -> tuple[Finding, ...]:
    """Return the findings about roles that are compared with the shipped ones, errors first."""
    return in_order(finding for role in roles for finding in _findings(SHIPPED_ROLES, role))


def installation_findings(view: InstallationView) -> tuple[Finding, ...]:
    """Return the findings about the installation of pipelines, errors first."""
    return _findings(INSTALLATION, view)


def aggregation_findings(view: AggregationView) -> tuple[Finding, ...]:
    """Return the findings about aggregation, errors first."""
    return _findings(AGGREGATION, view)


def types(group: Group) -> tuple[FindingType, ...]:
    """Return the types of the group's findings."""
    return tuple(module.TYPE for module in modules(group))


@cache
def modules(group: Group) -> tuple[ModuleType, ...]:
    """Return the modules of the group's findings."""
    return tuple(import_module(f"kubectl_kfaccess.findings.{group.folder}.{name}") for name in group.names)


def _findings(group: Group, view: object) -> tuple[Finding, ...]:
    return in_order(chain.from_iterable(module.find(view) for module in modules(group)))
