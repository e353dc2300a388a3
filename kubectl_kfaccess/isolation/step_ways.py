"""
The ways into tenants by steps.

They begin at those who are at home in a tenant, and at everybody. Nodes and clouds are not followed: every
tenant's code is as near to them. What people reach by rights in the whole cluster is no way of their tenant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from kubectl_kfaccess.escalation.closure import Escalation, Reached
from kubectl_kfaccess.escalation.gains import own_principals, place_of
from kubectl_kfaccess.escalation.nodes import EVERY_NAMESPACE, Kind, Node
from kubectl_kfaccess.isolation.grants import GrantedLevels
from kubectl_kfaccess.isolation.way import EVERY_TENANT, NO_HOME, Way, WayKind
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.kubeflow.tenants.platform_grants import EVERYBODY
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.rbac.known_subjects import Plane, identified
from kubectl_kfaccess.rbac.model import Binding, Subject
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import (
    SERVICE_ACCOUNT_PREFIX,
    USER,
    Identity,
    Principal,
    displayed,
    home_of_accounts,
    reference,
)

_NOT_FOLLOWED = (Kind.NODE, Kind.CLOUD, Kind.REVIEWS)
_ORDER = tuple(TenantLevel)


class _Start(Struct, frozen=True):
    """
    A subject, and the tenant that it begins in (NO_HOME for everybody).

    A *guest* is not at home in that tenant, but has access to it.
    """

    who: Principal
    tenant: str
    guest: bool = False


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
        self._places: dict[Node, tuple[tuple[str, TenantLevel], ...]] = {}
        self._direct: dict[tuple[str, str], set[Subject]] = {}
        self._through: dict[tuple[str, Subject], dict[Subject, None]] = {}
        for way in direct:
            if way.crosses:
                self._direct.setdefault((way.from_tenant, way.into), set()).update(way.subjects)

    @property
    def _snapshot(self) -> Snapshot:
        return self._escalation.facts.snapshot

    def through(self, way: Way) -> tuple[Subject, ...]:
        """Return the people who can act as the subject of a direct *way*; call it after `ways`."""
        return tuple(sorted(self._through.get((way.into, way.subject), {}), key=reference))

    def ways(self) -> Iterator[Way]:
        """Yield the ways by steps: for each tenant, for each place that it reaches, the best way."""
        by_tenant: dict[str, list[_Start]] = {}
        for start in self._starts():
            by_tenant.setdefault(start.tenant, []).append(start)
        for tenant in sorted(by_tenant):  # everybody comes first
            yield from self._of_tenant(tenant, by_tenant[tenant])

    def _of_tenant(self, tenant: str, starts: Iterable[_Start]) -> Iterator[Way]:
        best: dict[str, dict[Principal, _Arrival]] = {}
        for start in starts:
            for arrival in self._arrivals(start):
                known = best.setdefault(arrival.place, {}).get(start.who)
                best[arrival.place][start.who] = _better(known, arrival)
        for place, by_subject in sorted(best.items()):
            for is_proved in (True, False):
                alike = {w: a for w, a in by_subject.items() if a.reached.is_proved is is_proved}
                if alike:
                    yield self._way(tenant, place, alike)

    def _way(self, tenant: str, place: str, by_subject: Mapping[Principal, _Arrival]) -> Way:
        ordered = sorted(by_subject, key=lambda who: _rank(who, by_subject[who]))
        first = by_subject[ordered[0]]
        level = max((arrival.level for arrival in by_subject.values()), key=_ORDER.index)
        crosses = not place or place in self._tenants.namespaces
        subjects = tuple(map(displayed, ordered))
        return Way(place, tenant, subjects, WayKind.INDIRECT, level, crosses, reached=first.reached)

    def _arrivals(self, start: _Start) -> Iterator[_Arrival]:
        """Yield what *start* reaches away from its tenant, but what others of it have directly."""
        identity = self._identity(start.who)
        is_person = start.who not in EVERYBODY and not home_of_accounts(displayed(start.who))
        for reached in self._escalation.reached(identity):
            places = self._places_of(reached.node)
            away = [(place, level) for place, level in places if self._is_away(start, place)]
            if not away or (is_person and self._begins_everywhere(reached)):
                continue
            for place, level in away:
                if self._is_new(start, identity, reached, place):
                    yield _Arrival(reached, place, level)

    def _identity(self, who: Principal) -> Identity:
        groups = self._people.groups_of(who.name) if self._people and who.kind == USER else ()
        return identified(displayed(who), groups).seen(Plane.KUBECTL)

    def _is_away(self, start: _Start, place: str) -> bool:
        if start.who in EVERYBODY:
            return not place or place in self._tenants.namespaces
        if not place:
            return self._has_others
        return self._tenants.tenant(place) != start.tenant

    @cached_property
    def _has_others(self) -> bool:
        """Whether there is more than one tenant."""
        return len({self._tenants.tenant(each) for each in self._tenants.namespaces}) > 1

    def _is_new(self, start: _Start, identity: Identity, reached: Reached, place: str) -> bool:
        """
        Return whether the way is not known already: it is not direct, not shared, and not everybody's.

        People who pass somebody of their tenant with a direct way can act as that subject.
        """
        if start.who in EVERYBODY:
            self._everybodys.add(reached.node)
        elif reached.node in self._everybodys:
            return False
        direct = self._direct_of(start.tenant, place)
        own = {displayed(who) for who in identity.principals}
        if own & direct or (place and self._is_own_share(start, reached, place)):
            return False
        passed = self._passed(reached, direct)
        is_person = start.who.kind == USER and not home_of_accounts(displayed(start.who))
        if passed and is_person and place not in self._tenants.homes(start.who):
            for into in (place, EVERY_TENANT):
                self._through.setdefault((into, passed), {})[displayed(start.who)] = None
        return not (passed or start.guest)

    def _direct_of(self, tenant: str, place: str) -> set[Subject]:
        """Return the subjects of *tenant* with a direct way into *place*."""
        return self._direct.get((tenant, place), set()) | self._direct.get((tenant, EVERY_TENANT), set())

    def _passed(self, reached: Reached, direct: set[Subject]) -> Subject | None:
        """Return the first of *direct* that the best way to *reached* passes, None if it passes nobody."""
        if not direct:
            return None
        nodes = (*(node for node, _ in self._escalation.path(reached)), reached.node)
        subjects = (displayed(who) for n in nodes if n.is_somebody for who in n.identity.principals)
        return next((subject for subject in subjects if subject in direct), None)

    def _is_own_share(self, start: _Start, reached: Reached, place: str) -> bool:
        """Return whether the subject itself goes on from what the owner of *place* has shared with it."""
        if not self._tenants.is_shared(start.who, place):
            return False
        last = reached.start
        for node, edge in self._escalation.path(reached):
            last = node if node.is_somebody else last
            if place_of(edge.to) == place:
                break
        return last == reached.start

    def _begins_everywhere(self, reached: Reached) -> bool:
        """Return whether the first step needs rights in the whole cluster."""
        path = self._escalation.path(reached)
        return bool(path) and path[0][1].place in ("", EVERY_NAMESPACE)

    def _places_of(self, node: Node) -> tuple[tuple[str, TenantLevel], ...]:
        """Return where *node* is, or is allowed anything, and how much."""
        if node not in self._places:
            self._places[node] = tuple(self._computed_places(node))
        return self._places[node]

    def _computed_places(self, node: Node) -> Iterator[tuple[str, TenantLevel]]:
        if node.kind in _NOT_FOLLOWED:
            return
        here = place_of(node)
        names = tuple(own_principals(node.identity)) if node.kind is Kind.IDENTITY else ()
        bound = {place for who in names for place in self._snapshot.places.get(who, ())}
        if here is not None and here not in bound:
            yield here, TenantLevel.ADMIN if node.kind is Kind.CLUSTER else TenantLevel.SOME
        for place in sorted(bound):
            bindings = [each for who in names for each in self._bindings(who, place)]
            level = self._levels.level(bindings)
            if level is not TenantLevel.NONE:
                yield place, level

    def _bindings(self, who: Principal, place: str) -> Iterable[Binding]:
        return self._snapshot.bound.get(place, {}).get(who, ())

    def _starts(self) -> Iterator[_Start]:
        """Yield everybody, and for each tenant its accounts, owners and contributors."""
        yield from (_Start(who, NO_HOME) for who in sorted(EVERYBODY & self._snapshot.principals))
        for namespace in sorted(self._tenants.namespaces):
            tenant = self._tenants.tenant(namespace)
            for who in dict.fromkeys(self._subjects(namespace)):
                yield _Start(who, tenant)
            if tenant in self._with_direct_ways:
                yield from self._guests(namespace, tenant)

    @cached_property
    def _with_direct_ways(self) -> frozenset[str]:
        """The tenants whose subjects have direct ways into others."""
        return frozenset(tenant for tenant, _ in self._direct)

    def _guests(self, namespace: str, tenant: str) -> Iterator[_Start]:
        """Yield the users who have access to a tenant and are not at home there."""
        for who in sorted(self._snapshot.bound.get(namespace, ())):
            is_user = who.kind == USER and not home_of_accounts(displayed(who))
            if is_user and tenant not in self._tenants.tenants(who):
                yield _Start(who, tenant, guest=True)

    def _subjects(self, namespace: str) -> Iterator[Principal]:
        """Yield who is at home in the profile *namespace*: its accounts and its owner."""
        facts = self._escalation.facts
        names = {*facts.accounts.get(namespace, ()), *facts.bound_accounts.get(namespace, ())}
        yield from (Principal(USER, f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}") for name in sorted(names))
        yield from self._tenants.owners(namespace)


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
