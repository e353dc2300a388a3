"""Which resources an answer about a subject speaks of: the catalogue's, as far as the cluster has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.resources import (
    CATALOGUE,
    CORE,
    DEFAULT_AREAS,
    PIPELINES,
    Entry,
    verbs_of,
)
from kubectl_kfaccess.rbac.access_grid import GridResource
from kubectl_kfaccess.rbac.known_subjects import Via
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.snapshot import Snapshot


def areas() -> tuple[str, ...]:
    """Return the areas of the catalogue, the ones that are shown by default first."""
    return tuple(dict.fromkeys((*DEFAULT_AREAS, *(entry.area for entry in CATALOGUE))))


def chosen_entries(wanted: Iterable[str], *, everything: bool = False) -> tuple[Entry, ...]:
    """
    Return the catalogue's entries of the areas in *wanted*, by default of the default ones.

    An area that is not shown by default is shown whole when it is asked for; of the others *everything*
    shows all.
    """
    named = tuple(wanted)
    picked = named or (areas() if everything else DEFAULT_AREAS)
    return tuple(
        entry
        for area in picked
        for entry in CATALOGUE
        if entry.area == area and (entry.default or everything or area not in DEFAULT_AREAS)
    )


class Served(Struct, frozen=True):
    """
    What a cluster has of the catalogue.

    Where none of the catalogue's custom resources is served, as in manifests without their definitions, a
    resource is taken to be there when some role names its group.
    """

    types: dict[tuple[str, str], ResourceType]
    groups: frozenset[str]
    definitions: bool
    roles_unread: bool

    def has(self, entry: Entry) -> bool:
        """Whether *entry* means something on this cluster."""
        if entry.type.key in self.types:
            return True
        if entry.type.virtual:
            return self.roles_unread or entry.type.group in self.groups
        return not self.definitions and entry.type.group in self.groups


def served(types: Iterable[ResourceType], snapshot: Snapshot) -> Served:
    """Return what the cluster has, by its discovery and by the roles in *snapshot*."""
    known = {one.key: one for one in reversed(tuple(types))}
    rules = chain.from_iterable(
        role.rules for roles in (snapshot.cluster_roles, snapshot.roles) for role in roles.values()
    )
    groups = frozenset(group for rule in rules for group in rule.api_groups)
    custom = {entry.type.key for entry in CATALOGUE if "." in entry.type.group and not entry.type.virtual}
    definitions = any(key in known for key in custom - _KUBERNETES)
    unread = snapshot.gap("clusterroles", "") is not None
    return Served(known, groups, definitions, unread)


_KUBERNETES = frozenset(
    entry.type.key for entry in CATALOGUE if entry.type.group.endswith(".k8s.io")
)  # Kubernetes' own groups and its extensions say nothing of Kubeflow's


def grid_resources(
    entries: Iterable[Entry], cluster: Served, via: Via | None = None
) -> tuple[GridResource, ...]:
    """Return what to ask about *entries* on that cluster; *via* forces one plane on all of them."""
    return tuple(
        resource for entry in entries if cluster.has(entry) for resource in _of_entry(entry, cluster, via)
    )


def grid_resources_of(
    found: ResourceType, subresource: str, via: Via | None = None
) -> tuple[GridResource, ...]:
    """Return what to ask about a type that was named, in the catalogue or not."""
    resource = f"{found.name}/{subresource}" if subresource else found.name
    verbs = verbs_of(found.group, resource) or (() if subresource else _readable(found.verbs)) or CORE
    return tuple(
        GridResource(found.group, found.name, verbs, plane, subresource, found.namespaced)
        for plane in ((via,) if via else planes_of(found))
    )


def planes_of(found: ResourceType) -> tuple[Via, ...]:
    """Return who asks about a type: both planes where it is served and the pipelines API asks as well."""
    if found.virtual:
        return (Via.KUBEFLOW,)
    return (Via.KUBECTL, Via.KUBEFLOW) if found.group == PIPELINES else (Via.KUBECTL,)


def _of_entry(entry: Entry, cluster: Served, via: Via | None) -> Iterator[GridResource]:
    """One resource for most entries; two where the pipelines API and Kubernetes' own both ask."""
    found = cluster.types.get(entry.type.key, entry.type)
    planes = {Via.KUBEFLOW: entry.verbs} if entry.type.virtual else {Via.KUBECTL: entry.verbs}
    if entry.type.virtual and entry.type.key in cluster.types:
        planes = {Via.KUBECTL: _readable(found.verbs) or entry.verbs, Via.KUBEFLOW: entry.verbs}
    for plane, verbs in planes.items():
        if via is None or len(planes) == 1 or plane is via:
            yield GridResource(
                found.group, found.name, verbs, via or plane, entry.subresource, found.namespaced, entry.area
            )


def _readable(verbs: tuple[str, ...]) -> tuple[str, ...]:
    """*verbs* in the order that people know them in; a type that lists none, none."""
    found = frozenset(verbs) - {ALL}
    return tuple(verb for verb in CORE if verb in found) + tuple(sorted(found - frozenset(CORE)))
