"""
Rules that name what no API serves: RBAC accepts any text, so a slip in a role is never refused.

Only groups are judged whose resources are all known: those that the cluster serves, and the virtual group of
the pipelines API, which the catalogue lists. In any other group a component may only not be installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.kubeflow.aggregation.roles import is_kubernetes_own, kubeflow_roles
from kubectl_kfaccess.kubeflow.catalogue.resources import PIPELINES, resource_types
from kubectl_kfaccess.rbac.model import ClusterRole, PolicyRule
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.spelling import nearest

TYPE = FindingType(
    id="aggregation-unserved-resource",
    severity=Severity.WARNING,
    what=(
        "A rule of a role in Kubeflow's trees names a resource that no API serves, in a group whose "
        "resources are all known. Wildcards, `*/finalizers` and the other names that only authorizers know "
        "are not counted."
    ),
    why=(
        "RBAC compares texts, so a rule with a slip is accepted and grants nothing: who is bound to the "
        "role is refused the resource that was meant. Some releases of Kubeflow ship such slips themselves."
    ),
    fix=(
        "Correct the name in the role that the finding names, in its manifest; or grant the right name in "
        "a role of your own with the label `rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit: "
        '"true"`, which the next upgrade leaves alone.'
    ),
)

# Checked by authorizers and admission plugins, and served by nothing: whom one may impersonate
# (pkg/endpoints/filters/impersonation), and who signs (plugin/pkg/admission/certificates)
_PSEUDO = frozenset(("users", "groups", "uids", "userextras", "signers"))
_ANY_PARENT = frozenset(("finalizers",))
_SERVED_PARENT = frozenset(("finalizers", "status", "scale"))
_KUBELET = "nodes"  # its subresources (`nodes/metrics`, `nodes/stats`) are the kubelet's

_SHIPPED = {
    ("serving.kserve.io", "lllminferenceserviceconfigs"): "KServe ships this slip since 0.16",
    (PIPELINES, "pipelines/versions"): "Kubeflow Pipelines shipped it so up to 2.14",
}


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each resource that a role of Kubeflow's trees names in vain."""
    names = _KnownNames(view.snapshot, view.types)
    for role, rule in _own_rules(view.snapshot):
        for resource in names.unserved(rule):
            yield about(role, TYPE, names.text(rule, resource))


def _own_rules(snapshot: Snapshot) -> Iterator[tuple[ClusterRole, PolicyRule]]:
    """The rules that are written in the roles of Kubeflow's trees, each with its role."""
    for name in sorted(kubeflow_roles(snapshot)):
        if not is_kubernetes_own(snapshot, name):
            role = snapshot.cluster_roles["", name]
            yield from ((role, rule) for rule in snapshot.aggregation.own_rules(name))


class _KnownNames:
    """The names of resources, of the groups whose resources are all known."""

    def __init__(self, snapshot: Snapshot, types: Iterable[ResourceType]) -> None:
        self._snapshot = snapshot
        self._types = tuple(types)

    def unserved(self, rule: PolicyRule) -> Iterator[str]:
        """Yield the resources of a rule that none of its groups has; none where a group is not known."""
        groups = rule.api_groups
        if not groups or not all(group in self._known for group in groups):
            return
        for resource in rule.resources:
            if not any(self._has(group, resource) for group in groups):
                yield resource

    def _has(self, group: str, resource: str) -> bool:
        """Whether the resource is one of the group, or something that is checked without being served."""
        known = self._known[group]
        parent, _, subresource = resource.partition("/")
        if ALL in resource or parent in _PSEUDO or subresource in _ANY_PARENT:
            return True
        if subresource and parent in known and (subresource in _SERVED_PARENT or parent == _KUBELET):
            return True
        return resource in known or (group, resource) in self._named_by_kubernetes

    def text(self, rule: PolicyRule, resource: str) -> str:
        """Return the message about a resource that is not served, with the name that is nearest to it."""
        groups = rule.api_groups
        names = frozenset(name for group in groups for name in self._known[group])
        near = nearest(resource, names)
        likely = f": `{near}` may be meant" if near else ""
        shipped = next((_SHIPPED[group, resource] for group in groups if (group, resource) in _SHIPPED), "")
        origin = f" ({shipped})" if shipped else ""
        return f"no API serves `{resource}` in {_group_words(groups)}{likely}{origin}"

    @cached_property
    def _known(self) -> dict[str, frozenset[str]]:
        """The resources and subresources of each group whose resources are all known."""
        by_group: dict[str, set[str]] = {}
        virtual = (resource for resource in resource_types() if resource.group == PIPELINES)
        for resource in (*self._types, *virtual):
            names = (resource.name, *(f"{resource.name}/{sub}" for sub in resource.subresources))
            by_group.setdefault(resource.group, set()).update(names)
        return {group: frozenset(names) for group, names in by_group.items()}

    @cached_property
    def _named_by_kubernetes(self) -> frozenset[tuple[str, str]]:
        """What Kubernetes' own default roles name: `deployments/rollback` is long gone, and still in them."""
        own = (
            role
            for role in self._snapshot.cluster_roles.values()
            if not role.selectors and is_kubernetes_own(self._snapshot, role.name)
        )
        rules = (rule for role in own for rule in role.rules)
        return frozenset(
            (g, resource) for rule in rules for g in rule.api_groups for resource in rule.resources
        )


def _group_words(groups: Sequence[str]) -> str:
    return " or ".join(f"`{group}`" if group else "the core group" for group in groups)
