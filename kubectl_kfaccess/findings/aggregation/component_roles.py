"""
Which ClusterRoles the parts of Kubeflow bring for tenants, and which of them are missing.

A part is there when its resources are served, when its own account exists, or when one of its roles does. The
names are those of the platform 1.7 to 26.03. Without the platform's `kubeflow-edit` nothing is missing: plain
KServe and the pipelines for one team bring no roles for tenants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.kubeflow.aggregation.components import ABOVE, COMPONENTS, PLATFORM, Component, above_of
from kubectl_kfaccess.kubeflow.tenants.platform import WELL_KNOWN_NAMESPACES
from kubectl_kfaccess.rbac.aggregation_tree import members
from kubectl_kfaccess.rbac.model import ClusterRole
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.snapshot import Snapshot

MISSING = FindingType(
    "component-role-missing",
    Severity.ERROR,
    "A part of Kubeflow is installed, but a ClusterRole that its releases bring for tenants does not "
    "exist. The part is known by its served resources, its own service account, or its other roles.",
    "The aggregated roles `kubeflow-admin`, `kubeflow-edit` and `kubeflow-view` take their rules from "
    "such roles. Without it profile owners, contributors and `default-editor` are refused the part's "
    'resources: `cannot create resource "inferenceservices"`.',
    "Apply the roles again from the manifests of the platform's release: the `kubeflow` overlay of the "
    "part brings them, a plain installation or Helm chart of the part alone does not.",
)
NOT_AGGREGATED = FindingType(
    "component-role-not-aggregated",
    Severity.WARNING,
    "A ClusterRole that a part of Kubeflow brings for tenants exists, but the aggregated role that it "
    "belongs to does not reach it: its label is gone.",
    "The rules of the role reach nobody, though it looks installed. Tools that apply only some labels, "
    "and hands that edit them, leave roles like this.",
    "Give the role its label again: `kubectl label clusterrole NAME "
    "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit=true` (`-admin`, `-view`: as the name "
    "of the role ends), and mend the manifest. If tenants are not meant to have these rules, nothing "
    "is to do.",
)


def component_findings(snapshot: Snapshot, types: Iterable[ResourceType]) -> Iterator[Finding]:
    """Yield a finding for each tenant's role that is missing, or that no aggregated role reaches."""
    if ("", PLATFORM) not in snapshot.cluster_roles:
        return
    served = frozenset(one.key for one in types if not one.virtual)
    for component in COMPONENTS:
        evidence = _evidence(component, snapshot, served)
        for name in component.roles if evidence else ():
            role = snapshot.cluster_roles.get(("", name))
            if role:
                yield from _unless_reached(role, snapshot)
            elif not _is_granted_otherwise(component, name, snapshot):
                yield _missing(component, name, evidence)


def _missing(component: Component, name: str, evidence: str) -> Finding:
    since = f" since Kubeflow {component.since}" if component.since else ""
    above = above_of(name) or name
    lost = f": `{above}` has no rules from it" if name not in ABOVE else ""
    message = f"absent, though {component.name} is there ({evidence}), whose releases bring it{since}{lost}"
    return Finding(MISSING, ClusterRole.kind, "", name, message)


def _evidence(component: Component, snapshot: Snapshot, served: frozenset[tuple[str, str]]) -> str:
    """By what the component is known to be there; "" when nothing speaks for it."""
    for name in component.roles:
        if ("", name) in snapshot.cluster_roles:
            return f"its role `{name}` exists"
    for group, resource in component.served:
        if (group, resource) in served:
            return f"`{resource}.{group}` is served"
    # anybody who has a namespace may give an account such a name there
    ours = (key for key in snapshot.service_accounts if key[0] in WELL_KNOWN_NAMESPACES)
    accounts = sorted(key for key in ours if key[1] in component.accounts)
    return next((f"its account `{namespace}/{name}` exists" for namespace, name in accounts), "")


def _is_granted_otherwise(component: Component, name: str, snapshot: Snapshot) -> bool:
    """Whether none of its roles is there and others stand in for them: a release with other names."""
    if any(("", sibling) in snapshot.cluster_roles for sibling in component.roles):
        return False
    above = above_of(name)
    if ("", above) not in snapshot.cluster_roles:
        return False
    about_it = component.grants or component.served
    return any(
        _names(rule.api_groups, group) and _names(rule.resources, resource)
        for rule in snapshot.aggregation.rules(above)
        for group, resource in about_it
    )


def _names(listed: tuple[str, ...], wanted: str) -> bool:
    return wanted in listed or ALL in listed


def _unless_reached(role: ClusterRole, snapshot: Snapshot) -> Iterator[Finding]:
    above = above_of(role.name)
    there = ("", above) in snapshot.cluster_roles
    if there and role.name not in members(snapshot.aggregation, (above,)):
        yield about(role, NOT_AGGREGATED, f"`{above}` does not reach this role: no label of it is selected")
