"""What a subject can do by steps beyond what they can do themselves: verbs of a grid, each with its way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from kubectl_kfaccess.escalation.closure import Escalation, Reached
from kubectl_kfaccess.escalation.nodes import EVERY_NAMESPACE, Hold, Kind, Node
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.rbac.access_grid import CLUSTER, Cell, GridResource, access
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.subjects import GROUP, USER, Identity, Principal, displayed

Place = tuple[str, GridResource]
"""A namespace ("": the whole cluster) and a resource: a cell."""


class IndirectPath(Struct, frozen=True):
    """A way to something that allows more: its steps, and whether all of them are proved."""

    reached: Reached
    steps: tuple[Step, ...]

    @property
    def is_proved(self) -> bool:
        """Whether no step depends on a condition that cannot be read."""
        return self.reached.is_proved


class IndirectGrid(Struct, frozen=True):
    """
    The ways that allow more, proved ones first, and by cell the number of the way for each verb.

    A verb that several ways allow has the best of them.
    """

    paths: tuple[IndirectPath, ...] = ()
    verbs: Mapping[Place, Mapping[str, int]] = {}

    def of(self, cell: Cell) -> Mapping[str, int]:
        """Return the verbs of *cell* that are allowed by steps, each with the number of its way."""
        return self.verbs.get((cell.namespace, cell.resource), {})


def indirect_grid(escalation: Escalation, who: KnownSubject, cells: Iterable[Cell]) -> IndirectGrid:
    """Return what *who* can do by steps of the verbs that *cells* do not allow."""
    collected = _Collected(escalation)
    by_identity: dict[Identity, list[Cell]] = {}
    for cell in cells:  # a persona is another identity in each namespace
        by_identity.setdefault(who.at(cell.namespace).seen(Plane.KUBECTL), []).append(cell)
    for identity, own in by_identity.items():
        collected.add(identity, own)
    return collected.grid()


class _Collected:
    """The ways and verbs that were found so far."""

    def __init__(self, escalation: Escalation) -> None:
        self._escalation = escalation
        self._paths: list[Reached] = []
        self._verbs: dict[Place, dict[str, int]] = {}

    def add(self, identity: Identity, cells: Sequence[Cell]) -> None:
        """Add what *identity* reaches of the verbs that *cells* do not allow."""
        open_verbs = {(cell.namespace, cell.resource): _open_verbs(cell) for cell in cells}
        open_verbs = {place: verbs for place, verbs in open_verbs.items() if verbs}
        seen: set[tuple[str, tuple[str, ...], Plane]] = set()
        for reached in self._escalation.reached(identity):
            if not open_verbs:
                return
            if not reached.length:  # who can do everything needs nobody else
                continue
            planes = _new_planes(reached.node, seen)
            allowed = [*self._allowed(reached, open_verbs, planes)]
            if allowed:
                self._paths.append(reached)
            for place, verbs in allowed:
                by_verb = self._verbs.setdefault(place, {})
                by_verb.update(dict.fromkeys(verbs, len(self._paths) - 1))
                open_verbs[place] -= {*verbs}
                if not open_verbs[place]:
                    del open_verbs[place]

    def grid(self) -> IndirectGrid:
        """Return everything, proved ways first."""
        order = sorted(range(len(self._paths)), key=lambda at: not self._paths[at].is_proved)
        number = {at: place for place, at in enumerate(order)}
        paths = (IndirectPath(self._paths[at], self._escalation.steps(self._paths[at])) for at in order)
        verbs = {
            place: {verb: number[at] for verb, at in by_verb.items()}
            for place, by_verb in self._verbs.items()
        }
        return IndirectGrid(tuple(paths), verbs)

    def _allowed(
        self, reached: Reached, open_verbs: Mapping[Place, set[str]], planes: frozenset[Plane]
    ) -> Iterator[tuple[Place, list[str]]]:
        """Yield the cells with the open verbs that *reached* allows on *planes*."""
        if reached.node.kind is Kind.IDENTITY:
            yield from self._of_identity(reached.node, open_verbs, planes)
            return
        for (namespace, resource), verbs in [*open_verbs.items()]:
            if not _may_allow(reached.node, namespace) or resource.via not in planes:
                continue
            allowed = [
                verb
                for verb in resource.verbs
                if verb in verbs
                and self._escalation.allows(reached, resource.request(verb, namespace), resource.via)
                is Verdict.ALLOWED
            ]
            if allowed:
                yield (namespace, resource), allowed

    def _of_identity(
        self, node: Node, open_verbs: Mapping[Place, set[str]], planes: frozenset[Plane]
    ) -> Iterator[tuple[Place, list[str]]]:
        evaluator = self._escalation.facts.evaluator
        bound = {place for who in _principals(node) for place in evaluator.snapshot.places.get(who, ())}
        namespaces = dict.fromkeys(place for place, _ in open_verbs)
        chosen = namespaces if CLUSTER in bound else [name for name in namespaces if name in bound]
        resources = [*dict.fromkeys(each for _, each in open_verbs if each.via in planes)]
        for cell in (cell for row in access(evaluator, _known(node), resources, chosen) for cell in row):
            verbs = open_verbs.get((cell.namespace, cell.resource), set())
            allowed = [verb for verb in cell.allowed if verb in verbs]
            if allowed:
                yield (cell.namespace, cell.resource), allowed


def _open_verbs(cell: Cell) -> set[str]:
    return {verb for verb in cell.resource.verbs if verb not in cell.allowed}


def _new_planes(node: Node, seen: set[tuple[str, tuple[str, ...], Plane]]) -> frozenset[Plane]:
    """Return the planes on which *node* was not looked at: services know only who has a token for them."""
    if node.kind is not Kind.IDENTITY:
        return frozenset(Plane)
    planes = {Plane.KUBECTL, Plane.KUBEFLOW} if node.hold is Hold.FULL and node.user else {Plane.KUBECTL}
    new = frozenset(plane for plane in planes if (node.user, node.groups, plane) not in seen)
    seen.update((node.user, node.groups, plane) for plane in new)
    return new


def _may_allow(node: Node, namespace: str) -> bool:
    """Return whether *node*, which is no plain identity, can allow anything in *namespace*."""
    if node.kind in (Kind.CODE, Kind.NODE, Kind.CLOUD):
        return False
    if node.kind is Kind.DATA:
        return bool(namespace) and node.namespace in ("", namespace)
    if node.kind is Kind.REVIEWS:
        return not namespace
    return node.kind is not Kind.HOLDER or node.namespace in ("", EVERY_NAMESPACE, namespace)


def _principals(node: Node) -> Iterator[Principal]:
    yield from (Principal(GROUP, name) for name in node.groups)
    if node.user:
        yield Principal(USER, node.user)


def _known(node: Node) -> KnownSubject:
    """Return the identity that was reached as a subject."""
    name = Principal(USER, node.user) if node.user else Principal(GROUP, next(iter(node.groups), ""))
    return KnownSubject(displayed(name), node.user, node.groups)
