"""
The ways into tenants by steps.

They begin at those who are at home in a tenant, and at everybody. Clouds are not followed, and nodes only if
rights on them are proved: every tenant's code is as near to what else can lead there. What people reach by
rights in the whole cluster is no way of their tenant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from kubectl_kfaccess.escalation.closure import Escalation, Reached
from kubectl_kfaccess.escalation.gains import own_principals, place_of
from kubectl_kfaccess.escalation.nodes import EVERY_NAMESPACE, Kind, Node, identity_node
from kubectl_kfaccess.escalation.step import Path
from kubectl_kfaccess.isolation.actors import identity_of
from kubectl_kfaccess.isolation.grants import GrantedLevels
from kubectl_kfaccess.isolation.limited import allows_something
from kubectl_kfaccess.isolation.way import EVERY_TENANT, NO_HOME, Way, WayKind
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.kubeflow.tenants.platform_grants import EVERYBODY
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.rbac.model import Binding, Subject
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import (
    SERVICE_ACCOUNT_PREFIX,
    USER,
    Principal,
    displayed,
    home_of_accounts,
)

_NOT_FOLLOWED = (Kind.CLOUD, Kind.REVIEWS)
_ORDER = tuple(TenantLevel)
_ELSEWHERE = "*"  # no namespace has that name
_NOBODY = frozenset[Subject]()
Place = tuple[str, TenantLevel]
"""A namespace, and how much is allowed there."""


class _Start(Struct, frozen=True):
    """A subject, and the tenant that it begins in (NO_HOME for everybody)."""

    who: Principal
    tenant: str


class _Arrival(Struct, frozen=True):
    """What somebody reaches, that is in *place* or is allowed something there, and how much."""

    reached: Reached
    place: str
    level: TenantLevel


class StepWays:
    """The ways by steps; *direct* are those that need none. *people* know who is in groups."""

    def __init__(
        self,
        escalation: Escalation,
        tenants: Tenants,
        levels: GrantedLevels,
        direct: Iterable[Way],
        people: People | None = None,
    ) -> None:
        self._escalation = escalation
        self._tenants = tenants
        self._levels = levels
        self._people = people
        self._everybodys: set[Node] = set()
        self._subjects_of_node: dict[Node, frozenset[Subject]] = {}
        self._places: dict[Node, tuple[Place, ...]] = {}
        self._direct: dict[tuple[str, str], set[Subject]] = {}
        self._bound_elsewhere: set[tuple[str, Subject]] = set()
        for way in direct:
            if way.crosses:
                self._direct.setdefault((way.from_tenant, way.into), set()).update(way.subjects)
            elif way.into not in tenants.namespaces and home_of_accounts(way.subject):
                self._bound_elsewhere.update((way.into, subject) for subject in way.subjects)

    @property
    def _snapshot(self) -> Snapshot:
        return self._escalation.facts.snapshot

    def ways(self, only: str | None = None) -> Iterator[Way]:
        """
        Yield the ways by steps: for each tenant, or *only* for that one, the best way into each other.

        A way into all tenants stands for those into each of them. All namespaces that are no tenant's count
        as one place.
        """
        by_tenant: dict[str, list[_Start]] = {}
        for start in self._starts():
            by_tenant.setdefault(start.tenant, []).append(start)
        for tenant in sorted(by_tenant):  # everybody comes first
            is_wanted = only is None or tenant in (only, NO_HOME)
            if is_wanted and self._leads_away(by_tenant[tenant]):
                yield from self._of_tenant(tenant, by_tenant[tenant])

    def _leads_away(self, starts: Sequence[_Start]) -> bool:
        """Return whether any step of *starts* leads away: most tenants need no closer look."""
        nodes = [identity_node(identity_of(start.who, self._people)) for start in starts]
        visited = set(nodes)
        while nodes:
            for edge in self._escalation.graph.edges(nodes.pop()):
                is_followed = edge.is_proved or edge.to.kind is not Kind.NODE
                if is_followed and edge.to not in visited:
                    if any(self._is_away(starts[0], place) for place, _ in self._places_of(edge.to)):
                        return True
                    visited.add(edge.to)
                    nodes.append(edge.to)
        return False

    def _of_tenant(self, tenant: str, starts: Iterable[_Start]) -> Iterator[Way]:
        best: dict[str, dict[Principal, _Arrival]] = {}
        for start in starts:
            for arrival in self._arrivals(start):
                place = arrival.place if self._is_into_tenant(arrival.place) else _ELSEWHERE
                known = best.setdefault(place, {}).get(start.who)
                best[place][start.who] = _better(known, arrival)
        for is_proved in (True, False):
            everywhere = _as_certain(best.get(EVERY_TENANT, {}), is_proved=is_proved)
            places = (EVERY_TENANT,) if everywhere else sorted(best)
            for place in places:
                if alike := _as_certain(best[place], is_proved=is_proved):
                    yield self._way(tenant, alike)
            if everywhere and is_proved:
                return

    def _is_into_tenant(self, place: str) -> bool:
        """Return whether *place* is a tenant's, or stands for all of them."""
        return not place or place in self._tenants.namespaces

    def _way(self, tenant: str, by_subject: Mapping[Principal, _Arrival]) -> Way:
        """Return the way that subjects of *tenant* share."""
        ordered = sorted(by_subject, key=lambda who: _rank(who, by_subject[who]))
        first = by_subject[ordered[0]]
        level = max((arrival.level for arrival in by_subject.values()), key=_ORDER.index)
        crosses = self._is_into_tenant(first.place)
        subjects = tuple(map(displayed, ordered))
        return Way(first.place, tenant, subjects, WayKind.INDIRECT, level, crosses, reached=first.reached)

    def _arrivals(self, start: _Start) -> Iterator[_Arrival]:
        """Yield what *start* reaches away from its tenant, but what others of it have directly."""
        identity = identity_of(start.who, self._people)
        own = frozenset(map(displayed, identity.principals))
        is_person = start.who not in EVERYBODY and not home_of_accounts(displayed(start.who))
        known: dict[str, int] = {}
        for reached in self._escalation.reached(identity):
            if reached.node.kind is Kind.NODE and not reached.is_proved:
                continue
            if start.who in EVERYBODY:
                self._everybodys.add(reached.node)
            away = [
                (place, level)
                for place, level in self._places_of(reached.node)
                if known.get(place, -1) < _ORDER.index(level) and self._is_away(start, place)
            ]
            if away and self._is_own(start, reached.node):
                path = self._escalation.path(reached)
                if not (is_person and _begins_everywhere(path)):
                    passed = own.union(self._passed(path, reached.node))
                    for arrival in self._new(start, reached, path, away, passed):
                        # the best way comes first: a later one only counts if it leads to more
                        known[arrival.place] = _ORDER.index(arrival.level)
                        yield arrival

    def _new(
        self, start: _Start, reached: Reached, path: Path, away: Iterable[Place], passed: frozenset[Subject]
    ) -> Iterator[_Arrival]:
        """Yield where *reached* gets that is neither shared with *start*, nor direct for any of *passed*."""
        everywhere = self._direct.get((start.tenant, EVERY_TENANT), _NOBODY)
        for place, level in away:
            direct = self._direct.get((start.tenant, place), _NOBODY)
            is_direct = not (direct.isdisjoint(passed) and everywhere.isdisjoint(passed))
            is_direct = is_direct or self._is_bound_elsewhere(reached.node, place)
            if not is_direct and not (place and self._is_own_share(start, path, place)):
                yield _Arrival(reached, place, level)

    def _is_bound_elsewhere(self, node: Node, place: str) -> bool:
        """Return whether *node* is a tenant's account, and *place* no tenant's: its binding is reported."""
        if node.kind is not Kind.IDENTITY or place in self._tenants.namespaces:
            return False
        subjects = map(displayed, own_principals(node.identity))
        return any((place, subject) in self._bound_elsewhere for subject in subjects)

    def _is_own(self, start: _Start, node: Node) -> bool:
        """Return whether *node* is not everybody's, so it is not repeated for each tenant."""
        return start.who in EVERYBODY or node not in self._everybodys

    def _is_away(self, start: _Start, place: str) -> bool:
        if start.who in EVERYBODY:
            return not place or place in self._tenants.namespaces
        if not place:
            return self._has_others
        return self._tenants.tenant(place) != start.tenant and place not in self._tenants.homes(start.who)

    @cached_property
    def _has_others(self) -> bool:
        """Whether there is more than one tenant."""
        return len({self._tenants.tenant(each) for each in self._tenants.namespaces}) > 1

    def _passed(self, path: Path, last: Node) -> frozenset[Subject]:
        """Return the subjects on the way to *last*, and their groups, that have any direct ways."""
        nodes = (*(node for node, _ in path), last)
        return frozenset[Subject]().union(*map(self._known_subjects, nodes))

    def _known_subjects(self, node: Node) -> frozenset[Subject]:
        """Return the subjects that *node* is, and its groups, that have any direct ways."""
        subjects = self._subjects_of_node.get(node)
        if subjects is None:
            names = node.identity.principals if node.is_somebody else ()
            subjects = self._subjects_with_ways.intersection(map(displayed, names))
            self._subjects_of_node[node] = subjects
        return subjects

    @cached_property
    def _subjects_with_ways(self) -> frozenset[Subject]:
        return frozenset(subject for subjects in self._direct.values() for subject in subjects)

    def _is_own_share(self, start: _Start, path: Path, place: str) -> bool:
        """Return whether the subject itself goes on from what the owner of *place* has shared with it."""
        if not self._tenants.is_shared(start.who, place):
            return False
        last = path[0][0]
        for node, edge in path:
            last = node if node.is_somebody else last
            if place_of(edge.to) == place:
                break
        return last == path[0][0]

    def _places_of(self, node: Node) -> tuple[Place, ...]:
        """Return where *node* is, or is allowed anything, and how much."""
        if node not in self._places:
            self._places[node] = tuple(self._computed_places(node))
        return self._places[node]

    def _computed_places(self, node: Node) -> Iterator[Place]:
        if node.kind in _NOT_FOLLOWED:
            return
        here = place_of(node)
        if node.kind is Kind.LIMITED:
            yield from self._places_of_limited(node)
            return
        names = tuple(own_principals(node.identity)) if node.kind is Kind.IDENTITY else ()
        bound = self._bound_places(names)
        if here is not None and here not in bound:
            is_all = node.kind in (Kind.CLUSTER, Kind.NODE)
            yield here, TenantLevel.ADMIN if is_all else TenantLevel.SOME
        for place in sorted(bound):
            bindings = [each for who in names for each in self._bindings(who, place)]
            level = self._levels.level(bindings)
            if level is not TenantLevel.NONE:
                yield place, level

    def _places_of_limited(self, node: Node) -> Iterator[Place]:
        for place in sorted(self._bound_places(own_principals(node.identity))):
            if allows_something(self._snapshot, node, place):
                yield place, TenantLevel.SOME

    def _bound_places(self, names: Iterable[Principal]) -> set[str]:
        return {place for who in names for place in self._snapshot.places.get(who, ())}

    def _bindings(self, who: Principal, place: str) -> Iterable[Binding]:
        return self._snapshot.bound.get(place, {}).get(who, ())

    def _starts(self) -> Iterator[_Start]:
        """Yield everybody, and for each tenant its accounts, owners and contributors."""
        yield from (_Start(who, NO_HOME) for who in sorted(EVERYBODY & self._snapshot.principals))
        for namespace in sorted(self._tenants.namespaces):
            tenant = self._tenants.tenant(namespace)
            for who in dict.fromkeys(self._subjects(namespace)):
                yield _Start(who, tenant)

    def _subjects(self, namespace: str) -> Iterator[Principal]:
        """Yield who is at home in the profile *namespace*: its accounts and its owner."""
        facts = self._escalation.facts
        names = {*facts.accounts.get(namespace, ()), *facts.bound_accounts.get(namespace, ())}
        yield from (Principal(USER, f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}") for name in sorted(names))
        yield from self._tenants.owners(namespace)


def _begins_everywhere(path: Path) -> bool:
    """Return whether the first step needs rights in the whole cluster."""
    return bool(path) and path[0][1].place in ("", EVERY_NAMESPACE)


def _as_certain(by_subject: Mapping[Principal, _Arrival], *, is_proved: bool) -> dict[Principal, _Arrival]:
    """Return the arrivals that are proved, or only possible."""
    return {who: each for who, each in by_subject.items() if each.reached.is_proved is is_proved}


def _better(known: _Arrival | None, arrival: _Arrival) -> _Arrival:
    """Return the proved, then the shorter one, with the higher of both levels if both are as certain."""
    if known is None:
        return arrival
    first, second = sorted(
        (known, arrival), key=lambda each: (not each.reached.is_proved, each.reached.length)
    )
    if first.reached.is_proved and not second.reached.is_proved:
        return first
    return _Arrival(first.reached, first.place, max(first.level, second.level, key=_ORDER.index))


def _rank(who: Principal, arrival: _Arrival) -> tuple[int, bool, Principal]:
    """Return the sort key of the subjects of a way: the shortest first, accounts before people."""
    return (arrival.reached.length, not home_of_accounts(displayed(who)), who)
