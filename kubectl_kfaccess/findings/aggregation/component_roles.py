"""
Which ClusterRoles the installed components of Kubeflow ship for tenants.

A component counts as installed if its resources are served, or if its own account or one of its roles exists.
The names are those of the platform's releases 1.7 to 26.03. Without the platform's `kubeflow-edit` no role is
expected, because plain KServe and standalone pipelines ship no roles for tenants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from kubectl_kfaccess.kubeflow.aggregation.components import COMPONENTS, PLATFORM, Component
from kubectl_kfaccess.kubeflow.tenants.platform import WELL_KNOWN_NAMESPACES
from kubectl_kfaccess.rbac.model import ClusterRole
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot


class ComponentRole(Struct, frozen=True):
    """
    A role that a component of Kubeflow ships; *role* is None if it does not exist.

    *evidence* says in words how we know that the component is installed.
    """

    component: Component
    evidence: str
    name: str
    role: ClusterRole | None


def component_roles(snapshot: Snapshot, types: Iterable[ResourceType]) -> Iterator[ComponentRole]:
    """Yield each role that the installed components ship; *types* are what the cluster serves."""
    if ("", PLATFORM) not in snapshot.cluster_roles:
        return
    served = frozenset(resource.key for resource in types if not resource.virtual)
    for component in COMPONENTS:
        evidence = _evidence(component, snapshot, served)
        for name in component.roles if evidence else ():
            yield ComponentRole(component, evidence, name, snapshot.cluster_roles.get(("", name)))


def _evidence(component: Component, snapshot: Snapshot, served: frozenset[tuple[str, str]]) -> str:
    """Return how we know that the component is installed, "" if nothing suggests it."""
    for name in component.roles:
        if ("", name) in snapshot.cluster_roles:
            return f"its role `{name}` exists"
    for group, resource in component.served:
        if (group, resource) in served:
            return f"`{resource}.{group}` is served"
    # Tenants can give accounts these names in their own namespaces, so only the platform's namespaces count
    platform_accounts = (key for key in snapshot.service_accounts if key[0] in WELL_KNOWN_NAMESPACES)
    accounts = sorted(key for key in platform_accounts if key[1] in component.accounts)
    return next((f"its account `{namespace}/{name}` exists" for namespace, name in accounts), "")
