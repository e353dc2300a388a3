"""The people who can act as a service account of the profile that they have access to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.escalation.gains import place_of
from kubectl_kfaccess.escalation.nodes import identity_node
from kubectl_kfaccess.isolation.way import Way
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.rbac.known_subjects import Plane, identified
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.rbac.subjects import USER, Identity, Principal, displayed, home_of_accounts


def identity_of(who: Principal, people: People | None) -> Identity:
    """Return *who* with the groups that authentication and *people* add."""
    groups = people.groups_of(who.name) if people and who.kind == USER else ()
    return identified(displayed(who), groups).seen(Plane.KUBECTL)


class Actors:
    """Who can act as which account. Each profile is looked at once; *people* know who is in groups."""

    def __init__(self, escalation: Escalation, tenants: Tenants, people: People | None) -> None:
        self._escalation = escalation
        self._tenants = tenants
        self._people = people
        self._known: dict[str, Mapping[Subject, Sequence[Principal]]] = {}

    def through(self, way: Way) -> tuple[Subject, ...]:
        """Return the people who can act as the subject of a direct *way* that crosses, owners first."""
        home = home_of_accounts(way.subject)
        if not (way.crosses and way.from_tenant and home in self._tenants.namespaces):
            return ()
        people = self._of_profile(home).get(way.subject, ())
        return tuple(displayed(who) for who in people if way.into not in self._tenants.homes(who))

    def _of_profile(self, namespace: str) -> Mapping[Subject, Sequence[Principal]]:
        if namespace not in self._known:
            actors: dict[Subject, list[Principal]] = {}
            for who in dict.fromkeys(self._members(namespace)):
                for subject in dict.fromkeys(self._accounts(who, namespace)):
                    actors.setdefault(subject, []).append(who)
            self._known[namespace] = actors
        return self._known[namespace]

    def _members(self, namespace: str) -> Iterator[Principal]:
        """Yield the owner of a profile, and the users who have access to it."""
        yield from self._tenants.owners(namespace)
        bound = self._escalation.facts.snapshot.bound.get(namespace, {})
        yield from (who for who in sorted(bound) if who.kind == USER and not home_of_accounts(displayed(who)))

    def _accounts(self, who: Principal, namespace: str) -> Iterator[Subject]:
        """Yield the accounts of *namespace* that *who* reaches by proved steps without leaving it."""
        nodes = [identity_node(identity_of(who, self._people))]
        visited = set(nodes)
        while nodes:
            for edge in self._escalation.graph.edges(nodes.pop()):
                is_here = place_of(edge.to) == namespace or not edge.to.is_shown
                if edge.is_proved and is_here and edge.to not in visited:
                    visited.add(edge.to)
                    nodes.append(edge.to)
                    if edge.to.subject:
                        yield edge.to.subject
