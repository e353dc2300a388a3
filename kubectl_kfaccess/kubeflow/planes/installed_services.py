"""Which of the services that check permissions a cluster has."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_kfaccess.kubeflow.catalogue.services import SERVICES, Service
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot


def installed_services(snapshot: Snapshot, types: Iterable[ResourceType] = ()) -> tuple[Service, ...]:
    """
    Return the services that *snapshot* and the served *types* show, and those that are in every Kubeflow.

    A service whose signs could not be read is left out.
    """
    served = frozenset(resource_type.key for resource_type in types)
    names = frozenset(name for _, name in snapshot.cluster_roles)
    groups = frozenset(group for group, _ in served) | _named_groups(snapshot)
    return tuple(service for service in SERVICES if _is_installed(service, names, served, groups))


def _is_installed(
    service: Service,
    cluster_roles: frozenset[str],
    served: frozenset[tuple[str, str]],
    groups: frozenset[str],
) -> bool:
    signs = service.signs
    if signs is None:
        return True
    return bool(
        cluster_roles.intersection(signs.cluster_roles)
        or served.intersection(signs.served)
        or groups.intersection(signs.groups)
    )


def _named_groups(snapshot: Snapshot) -> frozenset[str]:
    """Return the API groups that ClusterRoles name."""
    roles = snapshot.cluster_roles.values()
    return frozenset(group for role in roles for rule in role.rules for group in rule.api_groups)
