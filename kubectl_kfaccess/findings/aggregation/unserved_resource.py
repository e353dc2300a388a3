"""
Rules that name a resource that no API serves: RBAC accepts any text, so a typo in a role is never refused.

Only groups whose resources are all known are checked: those that the cluster serves, and the virtual group of
the pipelines API, which the catalogue lists. In any other group, the component may just not be installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.kubeflow.aggregation.misspelled import MISSPELLINGS
from kubectl_kfaccess.kubeflow.aggregation.roles import is_kubernetes_own, kubeflow_roles
from kubectl_kfaccess.kubeflow.catalogue.resources import PIPELINES, resource_types
from kubectl_kfaccess.rbac.model import ClusterRole, PolicyRule
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.scope_exceptions import EXCEPTIONS
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.spelling import nearest

TYPE = FindingType(
    id="aggregation-unserved-resource",
    severity=Severity.WARNING,
    what=(
        "A rule of a role that takes part in Kubeflow's aggregation names a resource that no API serves. "
        "Only API groups whose resources are all known are checked. Wildcards, `*/finalizers` and the "
        "other names that only authorizers know do not count."
    ),
    why=(
        "RBAC compares text, so a rule with a typo is accepted and grants nothing: subjects bound to the "
        "role are denied the resource that was meant. Some releases of Kubeflow ship such typos themselves."
    ),
    fix=(
        "Correct the name in the manifest of the role that the finding names. Or grant the right name in a "
        "role of your own with the label `rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit: "
        '"true"`, which the next upgrade leaves alone.'
    ),
)

# The server itself asks about these, but no API serves them
_PSEUDO = frozenset(row.type.name for row in EXCEPTIONS if row.pseudo and not row.in_namespaces)
_ANY_PARENT = frozenset(("finalizers",))
_SERVED_PARENT = frozenset(("finalizers", "status", "scale"))
_KUBELET = "nodes"  # its subresources (`nodes/metrics`, `nodes/stats`) are the kubelet's

_SHIPPED = {(known.group, known.written): known.origin for known in MISSPELLINGS}


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each resource that a role of Kubeflow's trees names and no API serves."""
    names = _KnownNames(view.snapshot, view.types)
    for role, rule in _own_rules(view.snapshot):
        for resource in names.unserved(rule):
            yield about(role, TYPE, names.text(rule, resource))


def _own_rules(snapshot: Snapshot) -> Iterator[tuple[ClusterRole, PolicyRule]]:
    """Yield the rules that the roles of Kubeflow's trees have themselves, each with its role."""
    for name in sorted(kubeflow_roles(snapshot)):
        if not is_kubernetes_own(snapshot, name):
            role = snapshot.cluster_roles["", name]
            yield from ((role, rule) for rule in snapshot.aggregation.own_rules(name))


class _KnownNames:
    """The resource names of each API group whose resources are all known."""

    def __init__(self, snapshot: Snapshot, types: Iterable[ResourceType]) -> None:
        self._snapshot = snapshot
        self._types = tuple(types)

    def unserved(self, rule: PolicyRule) -> Iterator[str]:
        """Yield the rule's resources that none of its groups has; nothing if one of the groups is unknown."""
        groups = rule.api_groups
        if not groups or not all(group in self._known for group in groups):
            return
        for resource in rule.resources:
            if not any(self._has(group, resource) for group in groups):
                yield resource

    def _has(self, group: str, resource: str) -> bool:
        """Whether the group has the resource, or the resource is checked without being served."""
        known = self._known[group]
        parent, _, subresource = resource.partition("/")
        if ALL in resource or parent in _PSEUDO or subresource in _ANY_PARENT:
            return True
        if subresource and parent in known and (subresource in _SERVED_PARENT or parent == _KUBELET):
            return True
        return resource in known or (group, resource) in self._named_by_kubernetes

    def text(self, rule: PolicyRule, resource: str) -> str:
        """Return the message about a resource that no API serves, with the closest name that one does."""
        groups = rule.api_groups
        names = frozenset(name for group in groups for name in self._known[group])
        near = nearest(resource, names)
        likely = f": `{near}` may be meant" if near else ""
        shipped = next((_SHIPPED[group, resource] for group in groups if (group, resource) in _SHIPPED), "")
        origin = f" ({shipped})" if shipped else ""
        return f"no API serves `{resource}` in {_group_words(groups)}{likely}{origin}"

    @cached_property
    def _known(self) -> dict[str, frozenset[str]]:
        """By group, the names of its resources and subresources (`NAME`, `NAME/SUB`)."""
        by_group: dict[str, set[str]] = {}
        virtual = (resource for resource in resource_types() if resource.group == PIPELINES)
        for resource in (*self._types, *virtual):
            names = (resource.name, *(f"{resource.name}/{sub}" for sub in resource.subresources))
            by_group.setdefault(resource.group, set()).update(names)
        return {group: frozenset(names) for group, names in by_group.items()}

    @cached_property
    def _named_by_kubernetes(self) -> frozenset[tuple[str, str]]:
        """The (group, resource) pairs in Kubernetes' own roles, which still have `deployments/rollback`."""
        own = (
            role
            for role in self._snapshot.cluster_roles.values()
            if not role.selectors and is_kubernetes_own(self._snapshot, role.name)
        )
        rules = (rule for role in own for rule in role.rules)
        return frozenset(
            (group, resource) for rule in rules for group in rule.api_groups for resource in rule.resources
        )


def _group_words(groups: Sequence[str]) -> str:
    return " or ".join(f"`{group}`" if group else "the core group" for group in groups)
