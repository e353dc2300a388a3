"""What people and accounts get by steps in profiles to which they have access, beyond what they have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from kubectl_kfaccess.commands.report.page import IndirectWay
from kubectl_kfaccess.escalation.closure import Reached
from kubectl_kfaccess.escalation.nodes import Kind, Node
from kubectl_kfaccess.isolation.ways import Crossings
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel, TenantLevels
from kubectl_kfaccess.rbac.known_subjects import Plane, identified
from kubectl_kfaccess.rbac.model import Binding, Subject
from kubectl_kfaccess.rbac.subjects import Identity

_ORDER = tuple(TenantLevel)


class Ways:
    """The ways in one cluster; those of one subject are looked for when they are asked."""

    def __init__(self, crossings: Crossings) -> None:
        self._escalation = crossings.escalation
        self._snapshot = crossings.snapshot
        self._levels = TenantLevels(self._snapshot)

    def of(self, subject: Subject, places: Collection[str]) -> Iterator[IndirectWay]:
        """
        Yield the best way of *subject* to more than they have in each of *places*, proved ones first.

        What leads out of *places* is left to the ways that cross.
        """
        identity = identified(subject).seen(Plane.KUBECTL)
        most: dict[str, TenantLevel] = {}
        for reached in self._escalation.reached(identity):
            if not reached.length:
                return
            for place in self._places(reached.node, places):
                level = self._own(reached.node.identity, place)
                before = most.get(place) or self._own(identity, place)
                if _ORDER.index(level) > _ORDER.index(before):
                    most[place] = level
                    yield self._way(subject, reached, place, level)

    def accounts(self, subject: Subject, places: Collection[str]) -> Iterator[Subject]:
        """Yield the service accounts of *places* that *subject* certainly can act as."""
        for reached in self._escalation.reached(identified(subject).seen(Plane.KUBECTL)):
            target = reached.node.subject if reached.node.kind is Kind.IDENTITY else None
            if reached.is_proved and reached.length and target and target.namespace in places:
                yield target

    def _places(self, node: Node, places: Collection[str]) -> Iterable[str]:
        if not node.is_somebody:
            return ()
        bound = self._snapshot.places
        return sorted(
            {place for who in node.identity.principals for place in bound.get(who, ()) if place in places}
        )

    def _own(self, identity: Identity, place: str) -> TenantLevel:
        return self._levels.level(identity, place)

    def _way(self, subject: Subject, reached: Reached, place: str, level: TenantLevel) -> IndirectWay:
        return IndirectWay(
            (subject,),
            place,
            level,
            self._escalation.steps(reached),
            reached.node,
            tuple(self._bindings(reached.node, place)),
            reached.is_proved,
        )

    def _bindings(self, node: Node, place: str) -> Iterator[Binding]:
        """Yield the bindings in *place* that give the level, cluster-wide ones only if there are none."""
        if not node.is_somebody:
            return
        for scope in (place, ""):
            index = self._snapshot.bound.get(scope, {})
            named = [binding for who in node.identity.principals for binding in index.get(who, ())]
            own = {binding.key: binding for binding in named if not self._snapshot.is_assumed(binding)}
            if own:
                yield from own.values()
                return


def folded(ways: Iterable[IndirectWay]) -> tuple[IndirectWay, ...]:
    """Return the ways, those of several subjects that reach the same in the same manner as one."""
    alike: dict[object, list[IndirectWay]] = {}
    for way in ways:
        types = tuple((step.id, step.namespace, step.target) for step in way.steps)
        key = (way.profile, way.level, way.end, types, way.is_proved)
        alike.setdefault(key, []).append(way)
    merged = (
        replace(same[0], starts=tuple(dict.fromkeys(start for way in same for start in way.starts)))
        for same in alike.values()
    )
    return tuple(sorted(merged, key=_order))


def _order(way: IndirectWay) -> tuple[bool, str, int, int, str, str]:
    first = way.starts[0]
    level = -_ORDER.index(way.level)
    return (not way.is_proved, way.profile, level, len(way.steps), first.kind, first.name)
