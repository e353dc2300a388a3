"""The best ways from all principals of bindings to somebody who is allowed a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kubectl_kfaccess.escalation.decisions import is_review
from kubectl_kfaccess.escalation.edge import Edge
from kubectl_kfaccess.escalation.edges import Graph
from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.holdings import COMMON
from kubectl_kfaccess.escalation.nodes import EVERY_NAMESPACE, Kind, Node, principal_node
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import (
    GROUP,
    MASTERS,
    SERVICE_ACCOUNT,
    SERVICE_ACCOUNT_PREFIX,
    USER,
    Identity,
    Principal,
    displayed,
    home_of_accounts,
)


class Departure(NamedTuple):
    """How a way goes on from a node: by *edge*; its end is *length* steps away."""

    edge: Edge
    length: int


class WaysTo:
    """The best way from each node to the nearest target."""

    def __init__(self, targets: frozenset[Node], maps: tuple[dict[Node, Departure], ...]) -> None:
        self._targets = targets
        self._proved, self._possible = maps

    def nodes(self) -> Iterator[Node]:
        """Yield the nodes from which a way of at least one edge leads to a target."""
        yield from self._possible

    def length(self, node: Node) -> int:
        """Return how many steps that need permissions lead from *node* to a target."""
        departure = self._proved.get(node) or self._possible.get(node)
        return departure.length if departure else 0

    def is_proved(self, node: Node) -> bool:
        """Whether the best way from *node* is proved."""
        return node in self._proved or node in self._targets

    def path(self, node: Node) -> tuple[tuple[Node, Edge], ...]:
        """Return the edges from *node* to a target, each with the node that it begins at."""
        departures = self._proved if node in self._proved else self._possible
        path: list[tuple[Node, Edge]] = []
        while node not in self._targets:
            edge = departures[node].edge
            path.append((node, edge))
            node = edge.to
        return tuple(path)


class Backwards:
    """
    Edges by the node that they lead to: of who bindings in certain namespaces name, and of what they reach.

    A way to an account begins at somebody who has a binding in its namespace or cluster-wide. So only the
    namespaces on the way are looked at, which are few, unless `look_at_all` is called.
    """

    def __init__(self, facts: Facts, graph: Graph) -> None:
        self._facts = facts
        self._snapshot = facts.snapshot
        self._graph = graph
        self._starts: dict[Node, list[Principal]] = {}
        self._into: dict[Node, list[tuple[Node, Edge]]] = {}
        self._by_principal: dict[Principal, list[Node]] = {}
        self._others: dict[str, list[Node]] = {}
        self._known: set[Node] = set()
        self._places: set[str] = set()
        self._waiting: dict[str, list[Node]] = {}  # accounts of namespaces that were not looked at
        self.look_at(("",))

    def look_at(self, places: Iterable[str]) -> None:
        """Find the edges of who has a binding in *places*, and in the namespaces of accounts among them."""
        pending = [*places]
        while pending:
            place = pending.pop()
            if place in self._places:
                continue
            self._places.add(place)
            principals = sorted(self._snapshot.bound.get(place, ()))
            if any(self._is_of_everybody(who, place) for who in principals):
                pending += self._snapshot.bound
            pending += (home_of_accounts(displayed(who)) for who in principals)
            starts = [self._start(who) for who in (*principals, *self._accounts_of(place))]
            self._explore([*starts, *self._waiting.pop(place, ())])

    def look_at_all(self) -> None:
        """Find the edges of who has a binding anywhere."""
        self.look_at((*self._snapshot.bound, *self._waiting))
        self.look_at(tuple(self._waiting))

    def look_at_those(self, request: Request, evaluator: Evaluator) -> None:
        """Find all edges that matter to who can do *request*."""
        places = (request.namespace,) if request.namespace else ()
        granted = {grant.who for grant in evaluator.grants(request, places)}
        if is_review(request) or any(who.kind == GROUP and who.name in COMMON for who in granted):
            self.look_at_all()
        self.look_at((*places, *(home_of_accounts(displayed(who)) for who in granted)))

    def _accounts_of(self, place: str) -> Iterator[Principal]:
        """Yield the accounts of *place* that bindings name: their group counts as well."""
        for name in self._facts.bound_accounts.get(place, ()):
            yield Principal(USER, f"{SERVICE_ACCOUNT_PREFIX}{place}:{name}")

    def _is_of_everybody(self, who: Principal, place: str) -> bool:
        """Whether *who* is a group that very many are in, which can take a step in *place*."""
        is_common = who.kind == GROUP and who.name in COMMON
        return is_common and self._graph.can_step(who, place)

    def _start(self, who: Principal) -> Node:
        node = principal_node(who)
        starts = self._starts.setdefault(node, [])
        if who not in starts:
            starts.append(who)
        return node

    def _explore(self, pending: list[Node]) -> None:
        while pending:
            node = pending.pop()
            if node in self._known:
                continue
            self._known.add(node)
            self._index(node)
            for edge in self._graph.edges(node):
                self._into.setdefault(edge.to, []).append((node, edge))
                home = _home(edge.to)
                if home and home not in self._places:
                    self._waiting.setdefault(home, []).append(edge.to)
                elif edge.to not in self._known:
                    pending.append(edge.to)

    def principals_at(self, node: Node) -> Iterable[Principal]:
        """Return the principals whose start *node* is."""
        return self._starts.get(node, ())

    def candidates(self, evaluator: Evaluator, request: Request) -> Iterator[Node]:
        """Yield the nodes that are perhaps allowed *request*, sorted."""
        places = (request.namespace,) if request.namespace else ()
        granted = {grant.who for grant in evaluator.grants(request, places)}
        granted.add(Principal(GROUP, MASTERS))
        nodes = {node for who in granted for node in self._by_principal.get(who, ())}
        others = (self._others.get(place, ()) for place in {"", EVERY_NAMESPACE, request.namespace})
        yield from sorted({*nodes, *(node for group in others for node in group)})

    def toward(self, targets: Iterable[Node]) -> WaysTo:
        """Return the best ways to *targets*: proved ones first, then the shortest, then the first by name."""
        ends = frozenset(targets)
        return WaysTo(ends, (self._departures(ends, proved=True), self._departures(ends, proved=False)))

    def _departures(self, targets: frozenset[Node], *, proved: bool) -> dict[Node, Departure]:
        departures: dict[Node, Departure] = {}
        level, length = sorted(targets), 0
        while level:
            following: list[Node] = []
            for wanted in (0, 1):  # the level grows by those from which it follows without a permission
                # of equally long ways, code comes before tokens, which count for less
                for node in sorted(level) if wanted else level:
                    for before, edge in self._into.get(node, ()):
                        is_known = before in departures or before in targets
                        if edge.length == wanted and not is_known and (edge.is_proved or not proved):
                            departures[before] = Departure(edge, length + wanted)
                            (following if wanted else level).append(before)
            level, length = sorted(following), length + 1
        return departures

    def _index(self, node: Node) -> None:
        if node.kind is Kind.IDENTITY:
            for who in _principals(node.identity):
                self._by_principal.setdefault(who, []).append(node)
        elif node.is_shown:
            self._others.setdefault(node.namespace, []).append(node)


def _home(node: Node) -> str:
    """Return the namespace of an account, "" for anything else."""
    subject = node.subject if node.kind is Kind.IDENTITY else None
    return home_of_accounts(subject) if subject and subject.kind == SERVICE_ACCOUNT else ""


def _principals(identity: Identity) -> tuple[Principal, ...]:
    return identity.principals if identity.user else identity.principals[1:]
