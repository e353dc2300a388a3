"""A step of an answer: from somebody to what they reach, with its requests and grants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from kubectl_kfaccess.escalation.decisions import decide
from kubectl_kfaccess.escalation.edge import Edge
from kubectl_kfaccess.escalation.nodes import EVERY_NAMESPACE, Node
from kubectl_kfaccess.escalation.step_type import Name, Need, Proof, StepType, Way
from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant, Verdict
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.rules import Request


class Step(Struct, frozen=True):
    """
    One step: *source* can reach *target* by *way* of *type*.

    *evidence* are requests that are allowed and enough, each with a grant of it, None if no binding grants
    it. *name* is that of the account or role that the step is about, "" if it is about none. *namespace* is
    where the step is taken, "" for everywhere. *plane* is KUBEFLOW if a service is asked. *proof* is
    CONDITION if *conditions* must hold, which cannot be read. *nouns* say by what else the same is reached,
    the way itself first: pods, notebooks, runs.
    """

    type: StepType
    way: Way | None
    source: Node
    target: Node
    namespace: str
    plane: Plane
    name: str
    evidence: tuple[tuple[Request, Grant | None], ...]
    proof: Proof
    conditions: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The id of its type."""
        return self.type.id

    @property
    def needs(self) -> tuple[Request, ...]:
        """The requests that are allowed and enough."""
        return tuple(request for request, _ in self.evidence)

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The grants of these requests."""
        return tuple(grant for _, grant in self.evidence if grant)

    @property
    def note(self) -> str:
        """What must hold, in a sentence; "" if everything is proved."""
        return "if " + ", and ".join(self.conditions) if self.conditions else ""


Path = tuple[tuple[Node, Edge], ...]
"""Edges that follow each other, each with the node that it begins at."""
AllEdges = Callable[[Node], Iterable[Edge]]


def make_steps(start: Node, path: Path, all_edges: AllEdges, evaluator: Evaluator) -> tuple[Step, ...]:
    """Return the steps of *path*, which begins at *start*; edges between sets and members are none."""
    source, steps = start, list[Step]()
    for position, (node, edge) in enumerate(path):
        source = node if node.is_somebody else source
        if edge.step is None:
            continue
        last = position
        while not path[last][1].to.is_shown:
            last += 1
        members = [member for _, member in path[position + 1 : last + 1]]
        nouns = _nouns(edge, all_edges(node)) if edge.way else ()
        steps.append(_make_step(source, edge, edge.step, path[last][1].to, members, nouns, evaluator))
    return tuple(steps)


def _make_step(
    source: Node,
    edge: Edge,
    step: StepType,
    target: Node,
    members: Iterable[Edge],
    nouns: tuple[str, ...],
    evaluator: Evaluator,
) -> Step:
    """
    Return the step that *edge* is for *source*.

    *members* are the edges without a step that lead from the node of *edge* to *target*.
    """
    conditions = tuple(dict.fromkeys(text for part in (edge, *members) for text in part.conditions))
    place = "" if edge.place == EVERY_NAMESPACE else edge.place
    evidence = tuple(dict(_evidence(source, edge, place, target, evaluator)).items())
    proof, plane = Proof.CONDITION if conditions else edge.proof, plane_of(edge)
    return Step(step, edge.way, source, target, place, plane, edge.name, evidence, proof, conditions, nouns)


def _nouns(edge: Edge, others: Iterable[Edge]) -> tuple[str, ...]:
    """Return what *edge* and those of *others* create that lead to the same under no other conditions."""
    same = [
        other.way.noun
        for other in others
        if other.way and (other.to, other.place, other.conditions) == (edge.to, edge.place, edge.conditions)
    ]
    first = (edge.way.noun,) if edge.way else ()
    return tuple(dict.fromkeys((*first, *same)))


def plane_of(edge: Edge) -> Plane:
    """Return KUBEFLOW if one of Kubeflow's services is asked, else KUBECTL."""
    planes = {need.plane for need in edge.needs}
    return Plane.KUBEFLOW if Plane.KUBEFLOW in planes else Plane.KUBECTL


Evidence = list[tuple[Request, Grant | None]]


def _evidence(source: Node, edge: Edge, place: str, target: Node, evaluator: Evaluator) -> Evidence:
    """Return requests that meet the needs of *edge*, each with a grant of it if a binding grants it."""
    subject = target.subject
    yielded = edge.name or (subject.name if subject else "")
    names = (yielded, *(name for need in edge.needs for name in _names(source, need, place, evaluator)))
    for name in dict.fromkeys(names):
        evidence: Evidence = []
        for need in edge.needs:
            own_names = (name,) if need.name is Name.YIELDED else _names(source, need, place, evaluator)
            part = _part(source, need, place, own_names, evaluator)
            if not part:
                break
            evidence += part
        else:
            return evidence
    return []


def _part(source: Node, need: Need, place: str, names: Iterable[str], evaluator: Evaluator) -> Evidence:
    """Return requests that meet *need* for one of *names*, none if there are none."""
    for requests in (requests for name in names for requests in need.alternatives(place, name)):
        decisions = [decide(source, request, need.plane, evaluator) for request in requests]
        if all(decision.verdict is Verdict.ALLOWED for decision in decisions):
            return [*zip(requests, (decision.grant for decision in decisions), strict=True)]
    return []


def _names(source: Node, need: Need, place: str, evaluator: Evaluator) -> Iterator[str]:
    """Yield the names to try for an object that the subject chooses: none, then those that rules name."""
    yield ""
    for verb in need.verbs if isinstance(need.name, Name) else ():
        granted = evaluator.to(source.identity, need.request(verb, place, ""), any_name=True)
        yield from sorted({name for grant in granted for name in grant.rule.resource_names})
