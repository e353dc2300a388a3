"""What an identity reaches by steps, and who reaches an identity that is allowed a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.escalation.backwards import Backwards
from kubectl_kfaccess.escalation.decisions import decide
from kubectl_kfaccess.escalation.edges import Graph
from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.nodes import Hold, Kind, Node, identity_node, principal_node
from kubectl_kfaccess.escalation.registry import STEPS
from kubectl_kfaccess.escalation.search import Ways
from kubectl_kfaccess.escalation.step import Path, Step, make_steps
from kubectl_kfaccess.escalation.step_type import StepType
from kubectl_kfaccess.rbac.evaluator import Doubt, Verdict
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Namespaces
from kubectl_kfaccess.rbac.subjects import Identity, Principal


class Reached(Struct, frozen=True):
    """
    Something that *start* reaches by *length* steps: the *node*, and whether all of them are proved.

    A node that is not proved is possible. Several nodes can have the same identity, held in different ways.
    """

    start: Node
    node: Node
    is_proved: bool
    length: int


class Holder(Struct, frozen=True):
    """*who* can do a request in *namespace* ("": in the whole cluster) by *path*, which `steps` explains."""

    who: Principal
    namespace: str
    is_proved: bool
    length: int
    path: Path


class Escalation:
    """The steps in one cluster, of all types or of *steps*. Each is found when it is needed."""

    def __init__(self, facts: Facts, steps: Iterable[StepType] = STEPS) -> None:
        self.facts = facts
        self.graph = Graph(facts, steps)
        self._ways: dict[Node, Ways] = {}

    @cached_property
    def doubts(self) -> tuple[Doubt, ...]:
        """What could not be read and can hide steps: bindings, roles, service accounts, namespaces."""
        snapshot = self.facts.snapshot
        hidden = (snapshot.gap(resource, "") for resource in ("serviceaccounts", "namespaces"))
        more = [gap for gap in snapshot.gaps if gap.resource in ("serviceaccounts", "namespaces")]
        gaps = (*self.facts.evaluator.gaps(None), *(gap for gap in hidden if gap), *more)
        return tuple(dict.fromkeys(gaps))

    def reached(self, identity: Identity) -> tuple[Reached, ...]:
        """
        Return what *identity* reaches by at least one step, the best way first.

        Proved ways come before possible ones, then the shortest, then the first by name. An identity with all
        permissions reaches CLUSTER in no step, and nothing else is looked at.
        """
        start = identity_node(identity)
        ways = self._ways_from(start)
        nodes = (
            Reached(start, node, is_proved, ways.length(node))
            for node, is_proved in ways.nodes()
            if node.is_shown and not _is_part(node, start)
        )
        return tuple(sorted(nodes, key=_order))

    def visited(self, identity: Identity) -> Iterator[tuple[Node, bool]]:
        """Yield all nodes on the ways of *identity*, sets of others too, and whether each is proved."""
        yield from self._ways_from(identity_node(identity)).nodes()

    def path(self, reached: Reached) -> Path:
        """Return the edges of the best way to *reached*, each with the node that it begins at."""
        return self._ways_from(reached.start).edges(reached.node)

    def steps(self, way: Reached | Holder) -> tuple[Step, ...]:
        """Return the steps of the best way: of an identity to what it reached, or of a holder."""
        if isinstance(way, Holder):
            start, path = principal_node(way.who), way.path
        else:
            start, path = way.start, self.path(way)
        return make_steps(start, path, self.graph.all_edges, self.facts.evaluator)

    def number_of_steps(self, reached: Reached) -> int:
        """Return how many steps the best way to *reached* has, without working out what grants them."""
        return sum(edge.step is not None for _, edge in self.path(reached))

    def last_steps(self, reached: Reached) -> tuple[StepType, ...]:
        """Return the type of every step that leads straight to *reached*, on any way to it, sorted by id."""
        ways = self._ways_from(reached.start)
        edges = [
            (node, edge)
            for node in (reached.start, *(node for node, _ in ways.nodes()))
            for edge in self.graph.all_edges(node)
        ]
        ends = {reached.node}
        while more := {node for node, edge in edges if edge.step is None and edge.to in ends} - ends:
            ends |= more
        types = {edge.step.id: edge.step for _, edge in edges if edge.step and edge.to in ends}
        return tuple(types[step_id] for step_id in sorted(types))

    def allows(self, reached: Reached, request: Request, plane: Plane = Plane.KUBECTL) -> Verdict:
        """Return whether what was reached is allowed *request*: by the API server, or by a service."""
        return decide(reached.node, request, plane, self.facts.evaluator).verdict

    def ways(
        self, identity: Identity, request: Request, plane: Plane = Plane.KUBECTL
    ) -> tuple[Step, ...] | None:
        """
        Return the steps of the best way in which *identity* can do *request*; None if there is no way.

        The steps are empty if the identity has all permissions, so it needs none.
        """
        for reached in self.reached(identity):
            if self.allows(reached, request, plane) is Verdict.ALLOWED:
                return self.steps(reached)
        return None

    def holders(
        self, request: Request, namespaces: Namespaces, plane: Plane = Plane.KUBECTL
    ) -> Iterator[Holder]:
        """
        Yield the principals of bindings that can do *request* by steps and not directly, place by place.

        First those that can in the whole cluster, then those in each of *namespaces*, which choose as in
        `Evaluator.grants`: None is every namespace that bindings or accounts are in.
        """
        if namespaces is None:
            self._backwards.look_at_all()
        everywhere = frozenset[Principal]()
        for place in ("", *(self.facts.namespaces if namespaces is None else namespaces)):
            holders = [*self._holders_at(replace(request, namespace=place), plane, everywhere)]
            yield from holders
            if not place:
                everywhere = frozenset(holder.who for holder in holders if holder.is_proved)

    def _holders_at(
        self, request: Request, plane: Plane, everywhere: frozenset[Principal]
    ) -> Iterator[Holder]:
        evaluator, backwards = self.facts.evaluator, self._backwards
        backwards.look_at_those(request, evaluator)
        targets = [
            node
            for node in backwards.candidates(evaluator, request)
            if decide(node, request, plane, evaluator).verdict is Verdict.ALLOWED
        ]
        direct = set(targets)
        ways = backwards.toward(targets)
        holders = ((who, start) for start in ways.nodes() for who in backwards.principals_at(start))
        for who, start in sorted(holders):
            length = ways.length(start)
            if length and start not in direct and who not in everywhere:
                yield Holder(who, request.namespace, ways.is_proved(start), length, ways.path(start))

    @cached_property
    def _backwards(self) -> Backwards:
        return Backwards(self.facts, self.graph)

    def _ways_from(self, start: Node) -> Ways:
        if start not in self._ways:
            self._ways[start] = Ways(start, self.graph.edges)
        return self._ways[start]


def _order(reached: Reached) -> tuple[bool, int, Hold]:
    """Return the sort key: proved ones first, then the shortest, then those that count for services too."""
    return (not reached.is_proved, reached.length, reached.node.hold)


def _is_part(node: Node, start: Node) -> bool:
    """Whether *node* is only *start* itself again, perhaps with fewer groups."""
    is_same = node.kind is Kind.IDENTITY and node.user in ("", start.user)
    return is_same and set(node.groups) <= set(start.groups)
