"""Every way into a tenant, direct or by steps, and what can hide more of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from msgspec.structs import replace

from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.isolation.actors import Actors
from kubectl_kfaccess.isolation.direct_ways import DirectWays
from kubectl_kfaccess.isolation.grants import GrantedLevels
from kubectl_kfaccess.isolation.step_ways import StepWays
from kubectl_kfaccess.isolation.way import EVERY_TENANT, Way, WayKind
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.kubeflow.tenants.platform_grants import EVERYBODY
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, displayed

NEEDED = ("rolebindings", "roles", "serviceaccounts")
"""The lists of a tenant's namespace that a verdict on it needs."""
NEEDED_OF_CLUSTER = ("clusterrolebindings", "clusterroles", "profiles", "namespaces")
"""The lists of the whole cluster that each verdict needs."""
_EVERYBODY = frozenset(map(displayed, EVERYBODY))


def ways_between(
    crossings: Crossings, escalation: Escalation, from_tenant: str, into: str
) -> tuple[Way, ...]:
    """Return the ways by steps of *from_tenant* into *into*, in a state of the cluster with other steps."""
    snapshot = escalation.facts.snapshot
    direct = DirectWays(snapshot, crossings.tenants, crossings.levels, crossings.people)
    ways = direct.ways(dict.fromkeys((EVERY_TENANT, into)))
    steps = StepWays(escalation, crossings.tenants, crossings.levels, ways, crossings.people)
    return tuple(
        way
        for way in steps.ways(from_tenant)
        if way.from_tenant == from_tenant and way.into in (into, EVERY_TENANT)
    )


class Crossings:
    """
    The ways into the tenants of a snapshot.

    *types* are the resource types that the cluster serves; *people* know who is in groups.
    """

    def __init__(
        self,
        escalation: Escalation,
        types: Iterable[ResourceType],
        tenants: Tenants,
        people: People | None = None,
    ) -> None:
        self.escalation = escalation
        self.tenants = tenants
        self.people = people
        self.levels = GrantedLevels(self.snapshot, types)

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that the ways were read from."""
        return self.escalation.facts.snapshot

    @cached_property
    def direct(self) -> tuple[Way, ...]:
        """The ways that need no step, each with the people who can act as its subject."""
        actors = Actors(self.escalation, self.tenants, self.people)
        return tuple(replace(way, through=actors.through(way)) for way in self._direct)

    @cached_property
    def indirect(self) -> tuple[Way, ...]:
        """The ways by steps: one for each tenant and place, proved or possible."""
        return tuple(self._steps.ways())

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """All ways, direct ones first."""
        return (*self.direct, *self.indirect)

    def unknown_groups(self, namespace: str) -> tuple[Way, ...]:
        """Return the ways of groups that RoleBindings there name, and whose members nobody knows."""
        return tuple(self._unknown_groups.get(namespace, ()))

    @cached_property
    def _unknown_groups(self) -> dict[str, list[Way]]:
        known = self.people.groups if self.people else {}
        by_place: dict[str, list[Way]] = {}
        for way in self.direct:
            is_group = way.kind is WayKind.GROUP and way.subject.kind == GROUP
            if is_group and way.subject not in _EVERYBODY and way.subject.name not in known:
                by_place.setdefault(way.into, []).append(way)
        return by_place

    def gaps(self, namespace: str) -> tuple[Gap, ...]:
        """Return what could not be read and can hide a way into *namespace*."""
        own = (self.snapshot.gap(resource, namespace) for resource in NEEDED)
        shared = (self.snapshot.gap(resource, "") for resource in NEEDED_OF_CLUSTER)
        gaps = dict.fromkeys(gap for gap in (*own, *shared) if gap)
        return tuple(gaps)

    @cached_property
    def _direct(self) -> tuple[Way, ...]:
        return tuple(DirectWays(self.snapshot, self.tenants, self.levels, self.people).ways())

    @cached_property
    def _steps(self) -> StepWays:
        return StepWays(self.escalation, self.tenants, self.levels, self._direct, self.people)
