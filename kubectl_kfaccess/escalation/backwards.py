"""The best ways from all principals of bindings to somebody who is allowed a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from kubectl_kfaccess.escalation.edge import Edge
from kubectl_kfaccess.escalation.nodes import EVERY_NAMESPACE, Kind, Node
from kubectl_kfaccess.escalation.search import Edges
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import MASTERS, Identity, Principal


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
    """All edges that begin at *starts* or at what they reach, by the node that they lead to."""

    def __init__(self, starts: Mapping[Principal, Node], edges: Edges) -> None:
        self._starts: dict[Node, list[Principal]] = {}
        for who, start in starts.items():
            self._starts.setdefault(start, []).append(who)
        self._into: dict[Node, list[tuple[Node, Edge]]] = {}
        self._by_principal: dict[Principal, list[Node]] = {}
        self._others: dict[str, list[Node]] = {}
        pending = [*self._starts]
        known = set(pending)
        while pending:
            node = pending.pop()
            self._index(node)
            for edge in edges(node):
                self._into.setdefault(edge.to, []).append((node, edge))
                if edge.to not in known:
                    known.add(edge.to)
                    pending.append(edge.to)

    def principals_at(self, node: Node) -> Iterable[Principal]:
        """Return the principals whose start *node* is."""
        return self._starts.get(node, ())

    def candidates(self, evaluator: Evaluator, request: Request, plane: Plane) -> Iterator[Node]:
        """Yield the nodes that are perhaps allowed *request*, sorted."""
        places = (request.namespace,) if request.namespace else ()
        granted = {grant.who for grant in evaluator.grants(request, places)}
        granted.add(Principal("Group", MASTERS))
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


def _principals(identity: Identity) -> tuple[Principal, ...]:
    return identity.principals if identity.user else identity.principals[1:]
