"""What a subject can do by steps beyond what they can do themselves: verbs of a grid, each with its way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct

from kubectl_kfaccess.escalation.closure import Escalation, Reached
from kubectl_kfaccess.escalation.nodes import EVERY_NAMESPACE, Hold, Kind, Node
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.rbac.access_grid import CLUSTER, Cell, GridResource, access
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.subjects import GROUP, USER, Identity, Principal, displayed

Place = tuple[str, GridResource]
"""A namespace ("": the whole cluster) and a resource: a cell."""
Allowed = tuple[Place, list[str]]
"""A cell and the verbs that are allowed there."""
OpenVerbs = dict[str, dict[GridResource, set[str]]]
"""The verbs that are not allowed yet, by namespace and resource."""


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
    for identity, own in _by_identity(who, cells).items():
        for reached, allowed in ways_to_more(escalation, identity, own):
            collected.add(reached, allowed)
    return collected.grid()


def proved_paths(escalation: Escalation, who: KnownSubject, cells: Iterable[Cell]) -> Iterator[IndirectPath]:
    """Yield the proved ways by which *who* can do more than *cells* allow, the shortest first."""
    for identity, own in _by_identity(who, cells).items():
        for reached, _ in ways_to_more(escalation, identity, own):
            if not reached.is_proved:
                break
            yield IndirectPath(reached, escalation.steps(reached))


def ways_to_more(
    escalation: Escalation, identity: Identity, cells: Iterable[Cell]
) -> Iterator[tuple[Reached, list[Allowed]]]:
    """Yield what *identity* reaches that allows more than *cells* and what came before, with all that."""
    open_verbs = _open_verbs(cells)
    seen: set[tuple[str, tuple[str, ...], Plane]] = set()
    # what a group is granted is the same for all who are in it, so it is looked at once
    groups = set(identity.groups)
    for reached in escalation.reached(identity):
        if not open_verbs:
            return
        if not reached.length:  # who can do everything needs nobody else
            continue
        planes = _new_planes(reached.node, seen)
        allowed = [*_allowed(escalation, reached, open_verbs, planes, groups)]
        groups.update(reached.node.groups)
        for (namespace, resource), verbs in allowed:
            resources = open_verbs[namespace]
            resources[resource] -= {*verbs}
            if not resources[resource]:
                del resources[resource]
            if not resources:
                del open_verbs[namespace]
        if allowed:
            yield reached, allowed


def _by_identity(who: KnownSubject, cells: Iterable[Cell]) -> dict[Identity, list[Cell]]:
    """Return the cells of each identity: a persona is another one in each namespace."""
    by_identity: dict[Identity, list[Cell]] = {}
    for cell in cells:
        by_identity.setdefault(who.at(cell.namespace).seen(Plane.KUBECTL), []).append(cell)
    return by_identity


class _Collected:
    """The ways and verbs that were found so far."""

    def __init__(self, escalation: Escalation) -> None:
        self._escalation = escalation
        self._paths: list[Reached] = []
        self._verbs: dict[Place, dict[str, int]] = {}

    def add(self, reached: Reached, allowed: Iterable[Allowed]) -> None:
        """Add a way with what it allows."""
        for place, verbs in allowed:
            self._verbs.setdefault(place, {}).update(dict.fromkeys(verbs, len(self._paths)))
        self._paths.append(reached)

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
    escalation: Escalation,
    reached: Reached,
    open_verbs: OpenVerbs,
    planes: frozenset[Plane],
    groups: AbstractSet[str],
) -> Iterator[Allowed]:
    """Yield the cells with the open verbs that *reached* allows on *planes*, and that *groups* do not."""
    if reached.node.kind is Kind.IDENTITY:
        bound = _places(escalation.facts.evaluator, reached.node, groups)
        yield from _of_identity(escalation.facts.evaluator, reached.node, open_verbs, planes, bound)
        return
    for namespace in [name for name in open_verbs if _may_allow(reached.node, name)]:
        for resource, verbs in open_verbs[namespace].items():
            allowed = [
                verb
                for verb in resource.verbs
                if verb in verbs
                and resource.via in planes
                and escalation.allows(reached, resource.request(verb, namespace), resource.via)
                is Verdict.ALLOWED
            ]
            if allowed:
                yield (namespace, resource), allowed


def _of_identity(
    evaluator: Evaluator, node: Node, open_verbs: OpenVerbs, planes: frozenset[Plane], bound: AbstractSet[str]
) -> Iterator[Allowed]:
    """Yield the same of an identity that is granted something in the namespaces *bound*."""
    chosen = [*open_verbs] if CLUSTER in bound else sorted(bound & open_verbs.keys())
    resources = dict.fromkeys(each for name in chosen for each in open_verbs[name] if each.via in planes)
    for cell in (cell for row in access(evaluator, _known(node), [*resources], chosen) for cell in row):
        verbs = open_verbs[cell.namespace].get(cell.resource, set())
        allowed = [verb for verb in cell.allowed if verb in verbs]
        if allowed:
            yield (cell.namespace, cell.resource), allowed


def _places(evaluator: Evaluator, node: Node, groups: AbstractSet[str]) -> set[str]:
    """Return where bindings name the identity or a group of it that is not among *groups*."""
    names = (who for who in _principals(node) if who.kind != GROUP or who.name not in groups)
    return {place for who in names for place in evaluator.snapshot.places.get(who, ())}


def _open_verbs(cells: Iterable[Cell]) -> OpenVerbs:
    """Return the verbs that *cells* do not allow."""
    open_verbs: OpenVerbs = {}
    for cell in cells:
        verbs = {verb for verb in cell.resource.verbs if verb not in cell.allowed}
        if verbs:
            open_verbs.setdefault(cell.namespace, {})[cell.resource] = verbs
    return open_verbs


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
