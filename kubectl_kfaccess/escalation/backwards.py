"""The best ways from all principals of bindings to somebody who is allowed a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from kubectl_kfaccess.escalation.edge import Edge
from kubectl_kfaccess.escalation.nodes import Kind, Node
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

    def __contains__(self, node: Node) -> bool:
        """Whether a way leads from *node* to a target."""
        return node in self._possible or node in self._targets

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
        self.starts = starts
        self._into: dict[Node, list[tuple[Node, Edge]]] = {}
        self._by_principal: dict[Principal, list[Node]] = {}
        self._special: list[Node] = []
        pending = [*dict.fromkeys(starts.values())]
        known = set(pending)
        while pending:
            node = pending.pop()
            self._index(node)
            for edge in edges(node):
                self._into.setdefault(edge.to, []).append((node, edge))
                if edge.to not in known:
                    known.add(edge.to)
                    pending.append(edge.to)

    def candidates(self, evaluator: Evaluator, request: Request, plane: Plane) -> Iterator[Node]:
        """Yield the nodes that are perhaps allowed *request*, sorted."""
        places = (request.namespace,) if request.namespace else ()
        granted = {grant.who for grant in evaluator.grants(request, places)}
        granted.add(Principal("Group", MASTERS))
        nodes = {node for who in granted for node in self._by_principal.get(who, ())}
        yield from sorted({*nodes, *self._special})

    def toward(self, targets: Iterable[Node]) -> WaysTo:
        """Return the best ways to *targets*: proved ones first, then the shortest, then the first by name."""
        ends = frozenset(targets)
        return WaysTo(ends, (self._departures(ends, proved=True), self._departures(ends, proved=False)))

    def _departures(self, targets: frozenset[Node], *, proved: bool) -> dict[Node, Departure]:
        departures: dict[Node, Departure] = {}
        level, length = sorted(targets), 0
        while level:
            following: list[Node] = []
            for node in level:  # grows by the sets that its members are in
                for before, edge in self._into.get(node, ()):
                    if before in departures or before in targets or (proved and not edge.is_proved):
                        continue
                    if edge.is_free:
                        departures[before] = Departure(edge, length)
                        level.append(before)
            for node in level:
                for before, edge in self._into.get(node, ()):
                    if before in departures or before in targets or (proved and not edge.is_proved):
                        continue
                    departures[before] = Departure(edge, length + 1)
                    following.append(before)
            level, length = sorted(following), length + 1
        return departures

    def _index(self, node: Node) -> None:
        if node.kind is Kind.IDENTITY:
            for who in _principals(node.identity):
                self._by_principal.setdefault(who, []).append(node)
        elif node.is_somebody or node.kind is Kind.CLUSTER:
            self._special.append(node)


def _principals(identity: Identity) -> tuple[Principal, ...]:
    return identity.principals if identity.user else identity.principals[1:]
