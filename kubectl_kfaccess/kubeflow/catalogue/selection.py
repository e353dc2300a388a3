"""Which resources an answer about a subject covers: those in the catalogue that the cluster has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.catalogue.resources import (
    CATALOGUE,
    CORE,
    DEFAULT_AREAS,
    PIPELINES,
    Entry,
    verbs_of,
)
from kubectl_kfaccess.kubeflow.catalogue.service_calls import sends_name
from kubectl_kfaccess.rbac.access_grid import GridResource
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.snapshot import Snapshot


def areas() -> tuple[str, ...]:
    """Return the names of the catalogue's areas, those that are shown by default first."""
    return tuple(dict.fromkeys((*DEFAULT_AREAS, *(entry.area for entry in CATALOGUE))))


def chosen_entries(wanted: Iterable[str], *, everything: bool = False) -> tuple[Entry, ...]:
    """
    Return the catalogue's entries in the areas *wanted*, or in the default areas if none is named.

    Of an area that is not shown by default, all entries are returned. Of a default area, those that are not
    shown by default are returned only with *everything*.
    """
    named = tuple(wanted)
    chosen = named or (areas() if everything else DEFAULT_AREAS)
    return tuple(
        entry
        for area in chosen
        for entry in CATALOGUE
        if entry.area == area and (entry.default or everything or area not in DEFAULT_AREAS)
    )


class Served(Struct, frozen=True):
    """
    Which of the catalogue's resources a cluster has.

    *types* are the served types by (group, name), and *groups* are the groups that roles name. *definitions*
    says whether any of the catalogue's custom resources is served. If none is, as in manifests without their
    definitions, a resource counts as present if a role names its group.
    """

    types: dict[tuple[str, str], ResourceType]
    groups: frozenset[str]
    definitions: bool
    roles_unread: bool

    def has(self, entry: Entry) -> bool:
        """Whether the cluster has the resource of *entry*."""
        if entry.type.key in self.types:
            return True
        if entry.type.virtual:
            return self.roles_unread or entry.type.group in self.groups
        return not self.definitions and entry.type.group in self.groups


def served(types: Iterable[ResourceType], snapshot: Snapshot) -> Served:
    """Return what the cluster has, judged by the served *types* and by the roles in *snapshot*."""
    known = {resource_type.key: resource_type for resource_type in reversed(tuple(types))}
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
)  # Kubernetes' own groups and extensions say nothing about Kubeflow


def grid_resources(
    entries: Iterable[Entry], cluster: Served, via: Plane | None = None
) -> tuple[GridResource, ...]:
    """Return what to ask about *entries* on that cluster; *via*, if given, is the plane for all of them."""
    return tuple(
        resource
        for entry in entries
        if cluster.has(entry)
        for resource in _entry_resources(entry, cluster, via)
    )


def grid_resources_of(
    resource_type: ResourceType, subresource: str, via: Plane | None = None
) -> tuple[GridResource, ...]:
    """Return what to ask about a type that the user named, whether the catalogue has it or not."""
    group, name = resource_type.group, resource_type.name
    own_verbs = () if subresource else _in_usual_order(resource_type.verbs)
    verbs = verbs_of(group, f"{name}/{subresource}" if subresource else name) or own_verbs or CORE
    return tuple(
        _with_reviews(GridResource(group, name, verbs, plane, subresource, resource_type.namespaced))
        for plane in ((via,) if via else planes_of(resource_type))
    )


def planes_of(resource_type: ResourceType) -> tuple[Plane, ...]:
    """Return the planes that check a type: both if it is served and the pipelines API checks it too."""
    if resource_type.virtual:
        return (Plane.KUBEFLOW,)
    return (Plane.KUBECTL, Plane.KUBEFLOW) if resource_type.group == PIPELINES else (Plane.KUBECTL,)


def _entry_resources(entry: Entry, cluster: Served, via: Plane | None) -> Iterator[GridResource]:
    """Yield one resource, or two if both the pipelines API and Kubernetes' API server check it."""
    known = cluster.types.get(entry.type.key, entry.type)
    planes = {Plane.KUBEFLOW: entry.verbs} if entry.type.virtual else {Plane.KUBECTL: entry.verbs}
    if entry.type.virtual and entry.type.key in cluster.types:
        planes = {Plane.KUBECTL: _in_usual_order(known.verbs) or entry.verbs, Plane.KUBEFLOW: entry.verbs}
    for plane, verbs in planes.items():
        if via is None or len(planes) == 1 or plane is via:
            resource = GridResource(
                known.group, known.name, verbs, via or plane, entry.subresource, known.namespaced, entry.area
            )
            yield _with_reviews(resource)


def _with_reviews(resource: GridResource) -> GridResource:
    """Return the resource with the verbs that Kubeflow's services ask about, with and without a name."""
    sent = {verb: sends_name(resource.group, resource.name, verb) for verb in resource.verbs}
    named, nameless = (
        tuple(verb for verb in resource.verbs if sent[verb] is wanted) for wanted in (True, False)
    )
    return replace(resource, named_reviews=named, nameless_reviews=nameless)


def _in_usual_order(verbs: tuple[str, ...]) -> tuple[str, ...]:
    """Return *verbs* without `*`: the usual ones in their usual order, then the others sorted."""
    named = frozenset(verbs) - {ALL}
    return tuple(verb for verb in CORE if verb in named) + tuple(sorted(named - frozenset(CORE)))
