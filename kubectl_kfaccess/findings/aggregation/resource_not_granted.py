"""A custom resource of Kubeflow on which no aggregated role of tenants grants anything."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.kubeflow.aggregation.components import PARENTS, SHIPPED_PARENTS
from kubectl_kfaccess.kubeflow.aggregation.misspelled import misspelling_of
from kubectl_kfaccess.kubeflow.aggregation.ungranted import UNGRANTED
from kubectl_kfaccess.kubeflow.catalogue.names import is_kubeflow_group
from kubectl_kfaccess.kubeflow.catalogue.resources import CATALOGUE
from kubectl_kfaccess.rbac.aggregation_tree import is_invalid
from kubectl_kfaccess.rbac.computed_roles import computed_role
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import api_group_matches, resource_matches
from kubectl_kfaccess.rbac.snapshot import Snapshot

TYPE = FindingType(
    id="aggregation-resource-not-granted",
    severity=Severity.WARNING,
    what=(
        "The cluster serves a namespaced custom resource of Kubeflow, and none of the aggregated roles "
        "`kubeflow-admin`, `kubeflow-edit` and `kubeflow-view` grants anything on it. Other findings tell "
        "if the role that should grant it is missing, is not selected, or misspells the resource."
    ),
    why=(
        "Profile owners, contributors and `default-editor` get a component's rules only through these "
        "roles. They are denied the resource, although the component that serves it is there. Some releases "
        "of Kubeflow ship no rule for a resource that they serve."
    ),
    fix=(
        "If tenants should have the resource, add a ClusterRole with a rule for it and the label "
        '`rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit: "true"`, and one that only reads with '
        '`rbac.authorization.kubeflow.org/aggregate-to-kubeflow-view: "true"`. The controller adds their '
        "rules, and the next upgrade leaves roles with names of your own alone."
    ),
)

_CRD = "CustomResourceDefinition"
_AREAS = {entry.type.key: entry.area for entry in CATALOGUE if not entry.type.virtual}


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each such type, if nothing else explains it and all roles could be read."""
    tenant_roles = _tenant_roles(view)
    if not tenant_roles or view.snapshot.gap("clusterroles", ""):
        return
    granted = tuple(rule for name in tenant_roles for rule in _rules(view.snapshot, name))
    awaited = _Awaited(view)
    for resource in sorted(set(filter(_is_tenants, view.types)), key=lambda each: each.key):
        if not _is_named(resource, granted) and not awaited.explains(resource):
            origin = UNGRANTED.get(resource.key, "")
            text = f"no role that tenants get grants anything on it{f' ({origin})' if origin else ''}"
            yield Finding(TYPE, _CRD, "", resource.full_name, text, tenant_roles)


def _tenant_roles(view: AggregationView) -> tuple[str, ...]:
    """Return the names of Kubeflow's roles for tenants that exist; () if one of them cannot be worked out."""
    roles = [role for role in view.snapshot.cluster_roles.values() if role.name in PARENTS]
    readable = all(role.selectors and not is_invalid(role) for role in roles)
    return tuple(sorted(role.name for role in roles)) if readable else ()


def _rules(snapshot: Snapshot, name: str) -> Iterator[PolicyRule]:
    """Yield the rules that the role has, will have, or has for all we know."""
    yield from snapshot.aggregation.rules(name)
    result = computed_role(snapshot, name)
    yield from (*result.role.rules, *result.uncertain)


def _is_tenants(resource: ResourceType) -> bool:
    return resource.namespaced and not resource.virtual and is_kubeflow_group(resource.group)


def _is_named(resource: ResourceType, rules: tuple[PolicyRule, ...]) -> bool:
    """Whether one of *rules* is about the resource or about something below it."""
    return any(api_group_matches(rule, resource.group) and _is_in(resource, rule) for rule in rules)


def _is_in(resource: ResourceType, rule: PolicyRule) -> bool:
    below = (written.partition("/")[0] in (resource.name, "*") for written in rule.resources)
    return resource_matches(rule, resource.name, "") or any(below)


class _Awaited:
    """What tenants should get and do not, for a reason that another finding gives."""

    def __init__(self, view: AggregationView) -> None:
        self._snapshot = view.snapshot
        missing = (expected for expected in view.component_roles if expected.role is None)
        served = (key for expected in missing for key in expected.component.served)
        self._areas = {_AREAS.get(key) for key in served} - {None}
        roles = view.snapshot.cluster_roles
        lost = {*SHIPPED_PARENTS, *view.nearly_selected}
        self._lost_rules = tuple(
            rule for name in lost if (role := roles.get(("", name))) for rule in role.rules
        )

    def explains(self, resource: ResourceType) -> bool:
        """Whether a role that should grant the resource is missing, is not selected, or misspells it."""
        if misspelling_of(resource.group, resource.name, self._snapshot):
            return True
        return _AREAS.get(resource.key) in self._areas or _is_named(resource, self._lost_rules)
