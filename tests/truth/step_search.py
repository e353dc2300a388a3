"""Let oracles of many worlds ask the server until they know everything, and compare the engine with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.nodes import ANY_RULES, Kind, Node
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.model import ClusterRole, KubernetesObject, Role
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import Identity, Principal
from tests.builders import cluster_role_binding, role_binding, snapshot
from tests.controlplane.cluster import ControlPlane
from tests.truth.asking import Spec, ask
from tests.truth.step_oracle import (
    ANY_ROLE,
    EVERY,
    Answers,
    Edge,
    Oracle,
    Question,
    Target,
    Thing,
    Who,
    probe,
)
from tests.truth.step_worlds import World, shared_objects

Reach = dict[Target, bool]
"""What is reached, and whether that is proved."""


def probes(world: World) -> Iterator[KubernetesObject]:
    """Yield a binding of each role of the world to a group of its own."""
    for number, value in enumerate((*world.objects, *shared_objects())):
        place, name = value.metadata.namespace, value.metadata.name
        group = f"group:{probe(world.word, f'{value.kind}/{place}/{name}')}"
        if isinstance(value, ClusterRole):
            yield cluster_role_binding(f"{world.word}-probe-{number}", name, group)
        elif isinstance(value, Role):
            yield role_binding(place, f"{world.word}-probe-{number}", f"Role/{name}", group)


@dataclass
class Searched:
    """An oracle and what it knows: the steps from everything that somebody reaches."""

    oracle: Oracle
    edges: dict[Target, list[Edge]] = field(default_factory=dict)

    def reach(self, start: Who) -> Reach:
        """Return what is reached from *start*."""
        proved, possible = ({*self._from(start, proved=proved)} for proved in (True, False))
        return {target: target in proved for target in possible if not _is_itself(target, start)}

    def _from(self, start: Who, *, proved: bool) -> Iterator[Target]:
        pending, seen = [start], {start}
        while pending:
            for edge in self.edges[pending.pop()]:
                if edge.to not in seen and (edge.is_proved or not proved):
                    seen.add(edge.to)
                    pending.append(edge.to)
                    yield edge.to


def _is_itself(target: Target, start: Who) -> bool:
    if not isinstance(target, Who) or target.role or target.by:
        return False
    return target.user in ("", start.user) and set(target.groups) <= set(start.groups)


def search(plane: ControlPlane, answers: Answers, oracles: Sequence[Oracle]) -> list[Searched]:
    """Ask until nothing is open, and return what every oracle knows."""
    searched = [Searched(oracle) for oracle in oracles]
    pending: list[tuple[Searched, Target]] = []
    for each in searched:
        pending += [(each, each.oracle.start(who)) for who in each.oracle.principals]
    while pending:
        later: list[tuple[Searched, Target]] = []
        for each, target in pending:
            if target in each.edges:
                continue
            before = answers.missed
            edges = each.oracle.edges(target)
            if answers.missed > before:
                later.append((each, target))
                continue
            each.edges[target] = edges
            later += [(each, edge.to) for edge in edges if edge.to not in each.edges]
        answer(plane, answers)
        pending = later
    return searched


def answer(plane: ControlPlane, answers: Answers) -> None:
    """Ask the server the open questions."""
    questions = [*answers.open]
    answers.open.clear()
    statuses = ask(plane, [_spec(question) for question in questions]) if questions else []
    for question, status in zip(questions, statuses, strict=True):
        answers.known[question] = status.allowed


def _spec(question: Question) -> Spec:
    user, groups, request = question
    fields = ("verb", "group", "resource", "subresource", "name", "namespace")
    attributes = {key: value for key in fields if (value := getattr(request, key))}
    who = {**({"user": user} if user else {}), **({"groups": list(groups)} if groups else {})}
    return {**who, "resourceAttributes": attributes}


def engine(world: World) -> Escalation:
    """Return the engine, with what the world says."""
    known = snapshot(*world.objects, *shared_objects())
    return Escalation(Facts(Evaluator(known), world.version, world.served, world.pipelines))


def engine_reach(known: Escalation, start: Who) -> Reach:
    """Return what the engine says that *start* reaches."""
    reached = known.reached(Identity(start.user, start.groups))
    return {_target(each.node): each.is_proved for each in reached}


def _target(node: Node) -> Target:
    """Return the node in the words of the oracle."""
    if not node.is_somebody:
        return Thing(node.kind.name.lower(), node.namespace, node.name)
    role = ANY_ROLE if node.role == ANY_RULES else "/".join(node.role)
    more = {"role": role, "place": node.namespace} if node.kind is Kind.HOLDER else {}
    by = _target(node.by) if node.by else None
    assert by is None or isinstance(by, Who)
    return Who(node.user, node.groups, node.hold.name.lower(), **more, by=by, mode=node.mode)


def normal(reach: Reach) -> Reach:
    """Return *reach* without what follows from the same thing in more places, at least as well proved."""
    return {
        target: is_proved
        for target, is_proved in reach.items()
        if not any(reach.get(wider) in (True, is_proved) for wider in _wider(target))
    }


def _wider(target: Target) -> Iterator[Target]:
    if isinstance(target, Thing):
        if target.kind in ("code", "data"):
            options = {
                Thing(target.kind, place, name) for place in ("", target.place) for name in ("", target.name)
            }
            yield from options - {target}
        return
    if target.role:
        yield from (
            target._replace(place=place)
            for place in ("", EVERY)[: ("", EVERY, target.place).index(target.place)]
        )
    if target.by:
        yield from (target._replace(by=by) for by in _wider(target.by) if isinstance(by, Who))


def differences(world: World, searched: Searched) -> list[str]:
    """Return what only one of the engine and the oracle says that somebody reaches."""
    known = engine(world)
    texts = []
    for who in searched.oracle.principals:
        start = searched.oracle.start(who)
        ours, servers = normal(engine_reach(known, start)), normal(searched.reach(start))
        for target in sorted({*ours, *servers}, key=str):
            if ours.get(target) != servers.get(target):
                says = f"we say {_word(ours.get(target))}, the server {_word(servers.get(target))}"
                texts.append(f"world {world.number}: {who.kind} {who.name}: {target}: {says}")
    return texts


def _word(is_proved: bool | None) -> str:
    return {True: "proved", False: "possible", None: "not reached"}[is_proved]


Holding = tuple[str, str, str, bool]
"""Kind and name of a principal, a namespace ("": the whole cluster), and whether it is proved."""


def engine_holders(known: Escalation, request: Request, plane: Plane) -> set[Holding]:
    """Return who can do *request* by steps, as the engine says."""
    holders = known.holders(request, None, plane)
    return {(each.who.kind, each.who.name, each.namespace, each.is_proved) for each in holders}


def oracle_holders(searched: Searched, request: Request, plane: Plane) -> Iterator[Holding]:
    """Yield who can do *request* by steps and not directly, as the server says."""
    oracle = searched.oracle
    everywhere: set[Principal] = set()
    for place in ("", *oracle.places):
        asked = Request(
            request.verb, request.group, request.resource, request.subresource, request.name, place
        )
        for who in oracle.principals:
            start = oracle.start(who)
            if who in everywhere or oracle.allows(start, asked, plane):
                continue
            allowed = [
                proved for each, proved in searched.reach(start).items() if oracle.allows(each, asked, plane)
            ]
            if allowed:
                yield who.kind, who.name, place, any(allowed)
                if place == "" and any(allowed):
                    everywhere.add(who)
