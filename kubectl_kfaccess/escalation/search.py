"""The best way to each node: proved ways before possible ones, then the shortest, then the first by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from kubectl_kfaccess.escalation.edge import Edge
from kubectl_kfaccess.escalation.nodes import Node

Edges = Callable[[Node], Iterable[Edge]]


class Arrival(NamedTuple):
    """
    How a node is reached: the node *previous* and the *edge* from it; *length* counts the steps that need
    permissions.
    """

    previous: Node
    edge: Edge
    length: int


def arrivals(start: Node, edges: Edges, *, proved: bool) -> dict[Node, Arrival]:
    """
    Return how each node is reached from *start* in the fewest steps, in that order.

    With *proved*, only edges without conditions count. Of equally long ways the first by name counts: nodes
    are visited in the order of the ways to them.
    """
    reached: dict[Node, Arrival] = {}
    level, length = [start], 0
    while level:
        following: list[Node] = []
        # what follows without a further permission is as near, so all of it comes before the next steps
        for node in [*_with_followers(level, start, edges, reached, proved=proved, length=length)]:
            for edge in edges(node):
                if edge.length and _is_new(edge, start, reached, proved=proved):
                    reached[edge.to] = Arrival(node, edge, length + 1)
                    following.append(edge.to)
        level, length = following, length + 1
    return reached


def _with_followers(
    level: Sequence[Node],
    start: Node,
    edges: Edges,
    reached: dict[Node, Arrival],
    *,
    proved: bool,
    length: int,
) -> Iterator[Node]:
    """Yield the nodes of a level, and after each those that follow from it without a permission."""
    stack = [iter(level)]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
            continue
        yield node
        followers = []
        for edge in edges(node):
            if not edge.length and _is_new(edge, start, reached, proved=proved):
                reached[edge.to] = Arrival(node, edge, length)
                followers.append(edge.to)
        stack.append(iter(followers))


def _is_new(edge: Edge, start: Node, reached: dict[Node, Arrival], *, proved: bool) -> bool:
    return edge.to not in reached and edge.to != start and (edge.is_proved or not proved)


class Ways:
    """The best way from a start to each node that can be reached."""

    def __init__(self, start: Node, edges: Edges) -> None:
        self.start = start
        self._proved = arrivals(start, edges, proved=True)
        self._possible = arrivals(start, edges, proved=False)

    def nodes(self) -> Iterator[tuple[Node, bool]]:
        """Yield each node, and whether it is proved; the best way first."""
        yield from ((node, True) for node in self._proved)
        yield from ((node, False) for node in self._possible if node not in self._proved)

    def length(self, node: Node) -> int:
        """Return how many steps lead to *node*."""
        return (self._proved.get(node) or self._possible[node]).length

    def edges(self, node: Node) -> tuple[tuple[Node, Edge], ...]:
        """Return the edges from the start to *node*, each with the node that it begins at."""
        arrival = self._proved if node in self._proved else self._possible
        path: list[tuple[Node, Edge]] = []
        while node != self.start:
            path.append((arrival[node].previous, arrival[node].edge))
            node = arrival[node].previous
        return tuple(reversed(path))
