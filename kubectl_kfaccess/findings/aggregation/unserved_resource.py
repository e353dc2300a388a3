"""
Rules that name what no API serves: RBAC accepts any text, so a slip in a role is never refused.

Only groups are judged whose resources are all known: those that the cluster serves, and the virtual group of
the pipelines API, which the catalogue lists. In any other group a component may only not be installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.kubeflow.aggregation.roles import is_kubernetes_own, kubeflow_roles
from kubectl_kfaccess.kubeflow.catalogue.resources import PIPELINES, resource_types
from kubectl_kfaccess.rbac.model import ClusterRole, PolicyRule
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.spelling import nearest

UNSERVED = FindingType(
    "aggregation-unserved-resource",
    Severity.WARNING,
    "A rule of a role in Kubeflow's trees names a resource that no API serves, in a group whose "
    "resources are all known. Wildcards, `*/finalizers` and the other names that only authorizers know "
    "are not counted.",
    "RBAC compares texts, so a rule with a slip is accepted and grants nothing: who is bound to the "
    "role is refused the resource that was meant. Some releases of Kubeflow ship such slips "
    "themselves.",
    "Correct the name in the role that the finding names, in its manifest; or grant the right name in "
    "a role of your own with the label `rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit: "
    '"true"`, which the next upgrade leaves alone.',
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


class Served:
    """What is served, of the groups that are known, and what of rules is not in it."""

    def __init__(self, snapshot: Snapshot, types: Iterable[ResourceType]) -> None:
        self._snapshot = snapshot
        self._types = tuple(types)

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each resource that a role of Kubeflow's trees names in vain."""
        for name in sorted(kubeflow_roles(self._snapshot)):
            if not is_kubernetes_own(self._snapshot, name):
                yield from self._of(self._snapshot.cluster_roles["", name])

    def _of(self, role: ClusterRole) -> Iterator[Finding]:
        for rule in self._snapshot.aggregation.own_rules(role.name):
            if rule.api_groups and all(group in self._known for group in rule.api_groups):
                for resource in rule.resources:
                    if not any(self._is_meant(group, resource) for group in rule.api_groups):
                        yield about(role, UNSERVED, self._text(rule, resource))

    def _is_meant(self, group: str, resource: str) -> bool:
        """Whether the resource is one of the group, or something that is checked without being served."""
        known = self._known[group]
        parent, _, subresource = resource.partition("/")
        if ALL in resource or parent in _PSEUDO or subresource in _ANY_PARENT:
            return True
        if subresource and parent in known and (subresource in _SERVED_PARENT or parent == _KUBELET):
            return True
        return resource in known or (group, resource) in self._named_by_kubernetes

    def _text(self, rule: PolicyRule, resource: str) -> str:
        groups = rule.api_groups
        known = frozenset(name for group in groups for name in self._known[group])
        near = nearest(resource, known)
        meant = f": `{near}` may be meant" if near else ""
        shipped = next((_SHIPPED[group, resource] for group in groups if (group, resource) in _SHIPPED), "")
        return f"no API serves `{resource}` in {_group_words(groups)}{meant}" + (
            f" ({shipped})" if shipped else ""
        )

    @cached_property
    def _known(self) -> dict[str, frozenset[str]]:
        """The resources and subresources of each group whose resources are all known."""
        found: dict[str, set[str]] = {}
        virtual = (one for one in resource_types() if one.group == PIPELINES)
        for one in (*self._types, *virtual):
            names = (one.name, *(f"{one.name}/{sub}" for sub in one.subresources))
            found.setdefault(one.group, set()).update(names)
        return {group: frozenset(names) for group, names in found.items()}

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
