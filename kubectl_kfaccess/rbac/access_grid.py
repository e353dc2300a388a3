"""
What one subject can do: each verb of each resource, in each namespace and in the whole cluster.

The same roles are bound in thousands of namespaces. So a verdict is computed once for each set of roles that
the subject has, and used for all namespaces where it has exactly these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import Identity

CLUSTER = ""


class GridResource(Struct, frozen=True):
    """
    A resource or subresource, the verbs to ask about, and the plane that asks.

    *named_reviews* and *nameless_reviews* are the verbs that Kubeflow's services ask about with the name of
    the object, and those that they ask about without it; the API server sees a name as kubectl sends it.
    """

    group: str
    resource: str
    verbs: tuple[str, ...]
    via: Plane = Plane.KUBECTL
    subresource: str = ""
    namespaced: bool = True
    area: str = ""
    named_reviews: tuple[str, ...] = ()
    nameless_reviews: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The resource as rules spell it, `pods/exec`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    @property
    def full_name(self) -> str:
        """The name with its group, `inferenceservices.serving.kserve.io`."""
        return f"{self.name}.{self.group}" if self.group else self.name

    def request(self, verb: str, namespace: str) -> Request:
        """Return the request for *verb* in *namespace*; "" is the whole cluster."""
        return Request(verb, self.group, self.resource, self.subresource, "", namespace)


NamesByVerb = tuple[tuple[str, tuple[str, ...]], ...]
"""Verbs, each with the names of the objects that it is granted for."""


class Cell(Struct, frozen=True):
    """
    The verdicts on a resource in a namespace ("": cluster-wide). Each verb is in one of three lists.

    *names* has, for each verb that is granted only for objects of certain names, these names. *unsent* has
    those names that no review of Kubeflow's services has: for them, such a grant allows nothing.
    """

    namespace: str
    resource: GridResource
    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    names: NamesByVerb = ()
    unsent: NamesByVerb = ()


class GridQuestion(Struct, frozen=True):
    """One verb of one resource in one namespace: the question of a single access review."""

    namespace: str
    resource: GridResource
    verb: str

    @property
    def request(self) -> Request:
        return self.resource.request(self.verb, self.namespace)


def access(
    evaluator: Evaluator, who: KnownSubject, resources: Sequence[GridResource], namespaces: Iterable[str]
) -> Iterator[tuple[Cell, ...]]:
    """
    Yield the cells of each namespace: one for each resource that can exist there.

    Namespace "" is the whole cluster. Cluster-scoped resources have cells only there.
    """
    known: dict[object, tuple[Cell, ...]] = {}
    for namespace in namespaces:
        key = _inputs(evaluator, who, namespace)
        if key not in known:
            possible = [resource for resource in resources if resource.namespaced or namespace == CLUSTER]
            there = who.at(namespace)
            known[key] = tuple(_cell(evaluator, there, resource, namespace) for resource in possible)
        yield _moved(known[key], namespace)


def grid_questions(cells: Iterable[Cell]) -> Iterator[GridQuestion]:
    """Yield every question that *cells* answer."""
    for cell in cells:
        for verb in cell.resource.verbs:
            yield GridQuestion(cell.namespace, cell.resource, verb)


def open_questions(cells: Iterable[Cell]) -> Iterator[GridQuestion]:
    """Yield the questions that *cells* leave open."""
    for cell in cells:
        for verb in cell.unknown:
            yield GridQuestion(cell.namespace, cell.resource, verb)


def verdict(cell: Cell, verb: str) -> Verdict:
    """Return the verdict of *cell* on *verb*."""
    if verb in cell.allowed:
        return Verdict.ALLOWED
    return Verdict.UNKNOWN if verb in cell.unknown else Verdict.DENIED


def settled(cell: Cell, answers: Mapping[GridQuestion, bool | None]) -> Cell:
    """Return *cell* with the unknown verbs that *answers* decide moved to the other lists."""
    if not cell.unknown:
        return cell
    by_verb = {v: answers.get(GridQuestion(cell.namespace, cell.resource, v)) for v in cell.unknown}
    verbs = cell.resource.verbs
    allowed = tuple(v for v in verbs if v in cell.allowed or by_verb.get(v) is True)
    denied = tuple(v for v in verbs if v in cell.denied or by_verb.get(v) is False)
    unknown = tuple(v for v in verbs if v in cell.unknown and by_verb[v] is None)
    names = tuple((verb, names_of_verb) for verb, names_of_verb in cell.names if verb not in allowed)
    unsent = tuple((verb, names_of_verb) for verb, names_of_verb in cell.unsent if verb not in allowed)
    return Cell(cell.namespace, cell.resource, allowed, denied, unknown, names, unsent)


def _inputs(evaluator: Evaluator, who: KnownSubject, namespace: str) -> object:
    """Return all that the cells of a namespace depend on: the roles bound there, and the gaps."""
    there = who.at(namespace)
    # A persona can be another subject in each namespace, whose cluster-wide roles differ as well
    scopes = (namespace,) if there is who else (namespace, CLUSTER)
    gaps = tuple(evaluator.snapshot.gap(kind, namespace) for kind in ("rolebindings", "roles"))
    roles = tuple(_roles(evaluator, there, scope) for scope in scopes)
    return there.counts(Plane.KUBEFLOW), roles, gaps, namespace == CLUSTER


def _roles(evaluator: Evaluator, who: KnownSubject, namespace: str) -> object:
    """Return the roles that bindings in a namespace ("": cluster-wide ones) grant to each name of *who*."""
    index = evaluator.snapshot.bound.get(namespace, {})
    return tuple(
        tuple((b.role_ref, b.namespace if b.role_ref.kind == "Role" else "") for b in index.get(name, ()))
        for name in who.seen(Plane.KUBECTL).principals
    )


def _cell(evaluator: Evaluator, who: KnownSubject, resource: GridResource, namespace: str) -> Cell:
    if not who.counts(resource.via):
        return Cell(namespace, resource, denied=resource.verbs)
    identity = who.seen(resource.via)
    verdicts = {
        verb: evaluator.decide(identity, resource.request(verb, namespace)).verdict for verb in resource.verbs
    }
    names = {
        verb: granted
        for verb, answer in verdicts.items()
        if answer is not Verdict.ALLOWED
        and (granted := _names(evaluator, identity, resource, verb, namespace))
    }
    allowed, denied, unknown = (
        tuple(verb for verb, answer in verdicts.items() if answer is wanted) for wanted in _IN_ORDER
    )
    unsent = tuple((verb, names[verb]) for verb in names if verb in resource.nameless_reviews)
    counting = tuple(pair for pair in names.items() if resource.via is Plane.KUBECTL or pair not in unsent)
    return Cell(namespace, resource, allowed, denied, unknown, counting, unsent)


_IN_ORDER = (Verdict.ALLOWED, Verdict.DENIED, Verdict.UNKNOWN)


def _names(
    evaluator: Evaluator, identity: Identity, resource: GridResource, verb: str, namespace: str
) -> tuple[str, ...]:
    """Return the object names that the verb is granted for; none if requests of that verb have no name."""
    if not _may_have_name(resource, verb):
        return ()
    grants = evaluator.to(identity, resource.request(verb, namespace), any_name=True)
    return tuple(sorted({name for g in grants if g.named and g.certain for name in g.rule.resource_names}))


def _may_have_name(resource: GridResource, verb: str) -> bool:
    """Whether a request of that verb may have a name, or a review that is sent instead of it."""
    if resource.via is Plane.KUBEFLOW and verb in (*resource.named_reviews, *resource.nameless_reviews):
        return True
    # requestinfo.go: neither request has a name that authorizers could see
    return not (verb in ("create", "deletecollection") and not resource.subresource)


def _moved(cells: tuple[Cell, ...], namespace: str) -> tuple[Cell, ...]:
    if all(cell.namespace == namespace for cell in cells):
        return cells
    return tuple(replace(cell, namespace=namespace) for cell in cells)
