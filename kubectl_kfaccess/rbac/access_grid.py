"""
What one subject may do: each verb of each resource, in each namespace and in the whole cluster.

The same roles are bound in thousands of namespaces, so a namespace is judged once for each set of roles that
its bindings give the subject.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import Via, Who
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import Identity

CLUSTER = ""


class Topic(Struct, frozen=True):
    """A resource, or a subresource of it, the verbs to ask about, and which plane asks."""

    group: str
    resource: str
    verbs: tuple[str, ...]
    via: Via = Via.KUBECTL
    subresource: str = ""
    namespaced: bool = True
    area: str = ""

    @property
    def name(self) -> str:
        """The resource as a rule spells it, `pods/exec`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    @property
    def full_name(self) -> str:
        """The name with its group, `inferenceservices.serving.kserve.io`."""
        return f"{self.name}.{self.group}" if self.group else self.name

    def request(self, verb: str, namespace: str) -> Request:
        """Return the request for *verb* in that namespace; "" is the whole cluster."""
        return Request(verb, self.group, self.resource, self.subresource, "", namespace)


class Cell(Struct, frozen=True):
    """
    The verdicts on one topic in one namespace ("": cluster-wide): each verb is in one of the three lists.

    *names* are the only object names that a verb is granted for, where it is not granted as such.
    """

    namespace: str
    topic: Topic
    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Point(Struct, frozen=True):
    """One verb of one topic in one namespace: what a single access review is about."""

    namespace: str
    topic: Topic
    verb: str

    @property
    def request(self) -> Request:
        return self.topic.request(self.verb, self.namespace)


def access(
    evaluator: Evaluator, who: Who, topics: Sequence[Topic], namespaces: Iterable[str]
) -> Iterator[tuple[Cell, ...]]:
    """
    Yield the cells of each namespace, one per topic that has a place there.

    Namespace "" asks for the whole cluster: there cluster-scoped topics count as well, elsewhere they do not.
    """
    known: dict[object, tuple[Cell, ...]] = {}
    for namespace in namespaces:
        key = _standing(evaluator, who, namespace)
        if key not in known:
            fitting = [topic for topic in topics if topic.namespaced or namespace == CLUSTER]
            known[key] = tuple(_cell(evaluator, who, topic, namespace) for topic in fitting)
        yield _moved(known[key], namespace)


def points(cells: Iterable[Cell]) -> Iterator[Point]:
    """Yield every single question that *cells* answer."""
    for cell in cells:
        for verb in cell.topic.verbs:
            yield Point(cell.namespace, cell.topic, verb)


def unknown_points(cells: Iterable[Cell]) -> Iterator[Point]:
    """Yield the questions that *cells* leave open."""
    for cell in cells:
        for verb in cell.unknown:
            yield Point(cell.namespace, cell.topic, verb)


def verdict(cell: Cell, verb: str) -> Verdict:
    """Return what *cell* says of *verb*."""
    if verb in cell.allowed:
        return Verdict.ALLOWED
    return Verdict.UNKNOWN if verb in cell.unknown else Verdict.DENIED


def settled(cell: Cell, answers: Mapping[Point, bool | None]) -> Cell:
    """Return *cell* with its open questions closed by *answers*, as far as these know."""
    if not cell.unknown:
        return cell
    found = {verb: answers.get(Point(cell.namespace, cell.topic, verb)) for verb in cell.unknown}
    verbs = cell.topic.verbs
    allowed = tuple(v for v in verbs if v in cell.allowed or found.get(v) is True)
    denied = tuple(v for v in verbs if v in cell.denied or found.get(v) is False)
    left = tuple(v for v in verbs if v in cell.unknown and found[v] is None)
    names = tuple((verb, some) for verb, some in cell.names if verb not in allowed)
    return Cell(cell.namespace, cell.topic, allowed, denied, left, names)


def _standing(evaluator: Evaluator, who: Who, namespace: str) -> object:
    """What the answer in a namespace depends on: the roles that are bound there, and what is hidden."""
    index = evaluator.snapshot.bound.get(namespace, {})
    roles = tuple(
        tuple((b.role_ref, b.namespace if b.role_ref.kind == "Role" else "") for b in index.get(one, ()))
        for one in who.seen(Via.KUBECTL).principals
    )
    hidden = tuple(evaluator.snapshot.gap(kind, namespace) for kind in ("rolebindings", "roles"))
    return roles, hidden, namespace == CLUSTER


def _cell(evaluator: Evaluator, who: Who, topic: Topic, namespace: str) -> Cell:
    if not who.counts(topic.via):
        return Cell(namespace, topic, denied=topic.verbs)
    identity = who.seen(topic.via)
    found = {verb: evaluator.decide(identity, topic.request(verb, namespace)).verdict for verb in topic.verbs}
    names = {
        verb: granted
        for verb, one in found.items()
        if one is not Verdict.ALLOWED and (granted := _names(evaluator, identity, topic, verb, namespace))
    }
    allowed, denied, unknown = (
        tuple(verb for verb, one in found.items() if one is wanted) for wanted in _IN_ORDER
    )
    return Cell(namespace, topic, allowed, denied, unknown, tuple(names.items()))


_IN_ORDER = (Verdict.ALLOWED, Verdict.DENIED, Verdict.UNKNOWN)


def _names(
    evaluator: Evaluator, identity: Identity, topic: Topic, verb: str, namespace: str
) -> tuple[str, ...]:
    """The only names for which the verb is granted; what has no name of its own is granted for none."""
    if verb in ("create", "deletecollection") and not topic.subresource:
        return ()  # requestinfo.go: neither carries a name that authorization could see
    grants = evaluator.to(identity, topic.request(verb, namespace), any_name=True)
    return tuple(sorted({name for g in grants if g.named and g.certain for name in g.rule.resource_names}))


def _moved(cells: tuple[Cell, ...], namespace: str) -> tuple[Cell, ...]:
    if all(cell.namespace == namespace for cell in cells):
        return cells
    return tuple(Cell(namespace, c.topic, c.allowed, c.denied, c.unknown, c.names) for c in cells)
