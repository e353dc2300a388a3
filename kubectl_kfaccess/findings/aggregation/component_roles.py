"""
Which ClusterRoles the installed parts of Kubeflow bring for tenants.

A part is there when its resources are served, when its own account exists, or when one of its roles does. The
names are those of the platform 1.7 to 26.03. Without the platform's `kubeflow-edit` nothing is missing: plain
KServe and the pipelines for one team bring no roles for tenants.
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
    A role that a part of Kubeflow brings; *role* is None where it does not exist.

    *evidence* is by what the part is known to be there.
    """

    component: Component
    evidence: str
    name: str
    role: ClusterRole | None


def component_roles(snapshot: Snapshot, types: Iterable[ResourceType]) -> Iterator[ComponentRole]:
    """Yield each role that the installed parts bring, *types* being what the cluster serves."""
    if ("", PLATFORM) not in snapshot.cluster_roles:
        return
    served = frozenset(resource.key for resource in types if not resource.virtual)
    for component in COMPONENTS:
        evidence = _evidence(component, snapshot, served)
        for name in component.roles if evidence else ():
            yield ComponentRole(component, evidence, name, snapshot.cluster_roles.get(("", name)))


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
