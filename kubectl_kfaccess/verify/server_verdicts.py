"""Asking the server itself: what could not be computed, and whether what was computed is so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.access_grid import (
    Cell,
    GridQuestion,
    GridResource,
    grid_questions,
    open_questions,
    settled,
    verdict,
)
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import Via, Who
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request, rule_allows, rule_allows_any_name
from kubectl_kfaccess.rbac.server_reasons import named
from kubectl_kfaccess.rbac.subjects import GROUP, spelled
from kubectl_kfaccess.sources.cluster.access_reviews import Asked, Reply, Reviewer, RulesReply
from kubectl_kfaccess.verify.choice import Verification


class ServerVerdict(Struct, frozen=True):
    """What the server says of one request; *allowed* is None when it could not be asked: *problem* is why."""

    allowed: bool | None
    reason: str = ""
    problem: str = ""


def server_verdicts(
    reviewer: Reviewer, who: Who, requests: Sequence[tuple[Via, Request]]
) -> list[ServerVerdict]:
    """
    Return what the server says of *who* and each request, asked as that plane asks.

    Kubeflow's plane is asked about with the user's name alone. A caller who cannot send that review is asked
    about with their groups: a "no" then holds without them as well, and a "yes" if its reason is their name.
    """
    replies = reviewer.ask([_asked(who, via, request) for via, request in requests])
    verdicts = [_verdict(reply) for reply in replies]
    if who.myself:
        unanswered = [
            at for at, (via, _) in enumerate(requests) if verdicts[at].allowed is None and via is Via.KUBEFLOW
        ]
        own_replies = reviewer.ask([Asked(requests[at][1], None) for at in unanswered])
        for at, reply in zip(unanswered, own_replies, strict=True):
            verdicts[at] = _without_groups(reply)
    return verdicts


def _verdicts_by_question(
    reviewer: Reviewer, who: Who, questions: Sequence[GridQuestion]
) -> dict[GridQuestion, ServerVerdict]:
    requests = [(question.resource.via, question.request) for question in questions]
    return dict(zip(questions, server_verdicts(reviewer, who, requests), strict=True))


class RulesVerdicts(Struct, frozen=True):
    """What the caller's own rules say: of open questions yes or no, and the rules of each namespace."""

    answers: dict[GridQuestion, bool]
    rules: dict[str, tuple[PolicyRule, ...]]


def verdicts_by_rules(reviewer: Reviewer, cells: Sequence[Cell]) -> RulesVerdicts:
    """
    Return what SelfSubjectRulesReviews say of the open questions of *cells*.

    They are about the caller with their groups: for Kubeflow's plane only a "no" counts.
    """
    namespaces = sorted({cell.namespace for cell in cells if cell.unknown and cell.namespace})
    replies = dict(zip(namespaces, reviewer.rules(namespaces), strict=True))
    readable = {namespace: reply for namespace, reply in replies.items() if not reply.problem}
    answers = {
        question: answer
        for question in open_questions(cell for cell in cells if cell.namespace in readable)
        if (answer := _by_rules(question, readable[question.namespace])) is not None
    }
    return RulesVerdicts(answers, {namespace: reply.rules for namespace, reply in readable.items()})


def _by_rules(question: GridQuestion, reply: RulesReply) -> bool | None:
    is_granted = any(rule_allows(rule, question.request) for rule in reply.rules)
    if is_granted:
        return True if question.resource.via is Via.KUBECTL else None
    return None if reply.incomplete else False


def with_names_of_rules(cell: Cell, rules: Mapping[str, tuple[PolicyRule, ...]]) -> Cell:
    """Return *cell* with the object names that the caller's own rules of that namespace name."""
    if cell.resource.via is not Via.KUBECTL or cell.namespace not in rules:
        return cell
    naming = [rule for rule in rules[cell.namespace] if rule.resource_names]
    names = dict(cell.names)
    for verb in cell.denied:
        request = GridQuestion(cell.namespace, cell.resource, verb).request
        granting = [rule for rule in naming if rule_allows_any_name(rule, request)]
        if granting and verb not in ("create", "deletecollection"):
            granted = {name for rule in granting for name in rule.resource_names}
            names[verb] = tuple(sorted({*names.get(verb, ()), *granted}))
    return replace(cell, names=tuple(names.items()))


class FilledCells(Struct, frozen=True):
    """Cells with what the server knows of their open questions, and what to say of that."""

    cells: Sequence[Cell]
    notes: tuple[str, ...] = ()


def fill_unknown(reviewer: Reviewer | None, who: Who, cells: Sequence[Cell]) -> FilledCells:
    """
    Return *cells* with what could not be computed asked of the server, as far as there is one.

    About themselves everybody may ask: the rules of each namespace at once, single reviews for the rest.
    """
    if reviewer is None or not any(cell.unknown for cell in cells):
        return FilledCells(cells)
    if who.myself:
        known = verdicts_by_rules(reviewer, cells)
        cells = [with_names_of_rules(settled(cell, known.answers), known.rules) for cell in cells]
    found = _verdicts_by_question(reviewer, who, list(open_questions(cells)))
    answers = {question: server.allowed for question, server in found.items()}
    notes = ["what could not be read was asked of the server, for whom other authorizers count as well"]
    notes += (f"not known: {problem}" for problem in problems(found.values()))
    return FilledCells([settled(cell, answers) for cell in cells], tuple(notes))


class VerificationResult(Struct, frozen=True):
    """
    What the server says of computed answers.

    True: it agrees with all answers of a resource, or of a namespace; None: of some it said nothing.
    *failed*: it disagrees somewhere, or did not answer.
    """

    by_resource: dict[tuple[str, GridResource], bool | None]
    by_namespace: dict[str, bool | None]
    disagreements: tuple[str, ...]
    notes: tuple[str, ...]
    failed: bool


SAMPLE = 200


def verify(
    reviewer: Reviewer, who: Who, cells: Sequence[Cell], verification: Verification
) -> VerificationResult:
    """Return what the server says of every verdict in *cells*, or of a sample."""
    every = list(grid_questions(cells))
    asked = sample(every, SAMPLE) if verification.is_sample else every
    reviewer.announce(len(asked))
    found = _verdicts_by_question(reviewer, who, asked)
    agreement = _agreement(cells, found)
    wrong = [question for question, agrees in agreement.items() if agrees is False]
    silent = sum(agrees is None for agrees in agreement.values())
    notes = [f"verified: {len(asked):,} asked, {len(wrong):,} disagree, {silent:,} not answered"]
    notes += (f"not verified: {problem}" for problem in problems(found.values()))
    return VerificationResult(
        _combined(
            ((question.namespace, question.resource), agrees) for question, agrees in agreement.items()
        ),
        _combined((question.namespace, agrees) for question, agrees in agreement.items()),
        tuple(_disagreement(who, question, found[question]) for question in wrong),
        tuple(notes),
        bool(wrong or silent),
    )


K = TypeVar("K")
T = TypeVar("T")


def _combined(pairs: Iterable[tuple[K, bool | None]]) -> dict[K, bool | None]:
    """One verdict for all under a key: a disagreement counts most, then silence."""
    by_key: dict[K, set[bool | None]] = {}
    for key, agrees in pairs:
        by_key.setdefault(key, set()).add(agrees)
    return {key: _worst(verdicts) for key, verdicts in by_key.items()}


def _worst(verdicts: set[bool | None]) -> bool | None:
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _agreement(
    cells: Sequence[Cell], found: Mapping[GridQuestion, ServerVerdict]
) -> dict[GridQuestion, bool | None]:
    """Whether the server agrees with *cells*, by question; None where one of the two does not know."""
    by_place = {(cell.namespace, cell.resource): cell for cell in cells}
    return {
        question: _agrees(
            verdict(by_place[question.namespace, question.resource], question.verb), server.allowed
        )
        for question, server in found.items()
    }


def _agrees(computed: Verdict, allowed: bool | None) -> bool | None:
    if allowed is None or computed is Verdict.UNKNOWN:
        return None
    return allowed is (computed is Verdict.ALLOWED)


def _disagreement(who: Who, question: GridQuestion, server: ServerVerdict) -> str:
    where = f" in namespace `{question.namespace}`" if question.namespace else " cluster-wide"
    word, ours = ("yes", "no") if server.allowed else ("no", "yes")
    reason = f": {server.reason}" if server.reason else ""
    what = f"{question.verb} {question.resource.full_name}"
    return f"`{spelled(who.subject)}` {what}{where}: RBAC says {ours}, the server says {word}{reason}"


def sample(every: Sequence[T], most: int) -> list[T]:
    """Return at most *most* of *every*, spread evenly over them: the same ones each time."""
    if len(every) <= most:
        return list(every)
    return [every[at * len(every) // most] for at in range(most)]


def problems(verdicts: Iterable[ServerVerdict]) -> tuple[str, ...]:
    """Return why requests could not be asked about, each reason once."""
    reasons = (verdict.problem for verdict in verdicts if verdict.allowed is None)
    return tuple(dict.fromkeys(filter(None, reasons)))


def _asked(who: Who, via: Via, request: Request) -> Asked:
    return Asked(request, None if who.myself and via is Via.KUBECTL else who.seen(via))


def _verdict(reply: Reply) -> ServerVerdict:
    return ServerVerdict(reply.allowed, reply.reason, reply.problem)


def _without_groups(reply: Reply) -> ServerVerdict:
    by = named(reply.reason)
    if reply.allowed and (by is None or by.kind == GROUP):
        return ServerVerdict(None, problem="it is allowed with your groups, and perhaps only by them")
    return _verdict(reply)
