"""Asks the server itself: about what could not be computed, and whether computed answers are right."""

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
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request, rule_allows, rule_allows_any_name
from kubectl_kfaccess.rbac.server_reasons import parse_reason
from kubectl_kfaccess.rbac.subjects import GROUP, spelled
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, Reply, Reviewer, RulesReply
from kubectl_kfaccess.verify.choice import Verification


class ServerVerdict(Struct, frozen=True):
    """What the server says of one request; *allowed* is None if it gave no answer, and *problem* says why."""

    allowed: bool | None
    reason: str = ""
    problem: str = ""


def server_verdicts(
    reviewer: Reviewer, who: KnownSubject, requests: Sequence[tuple[Plane, Request]]
) -> list[ServerVerdict]:
    """
    Return the server's verdict on each of *requests* by *who*, in the order of *requests*.

    Each review names the subject as that plane does: Kubeflow's plane by the user's name, without groups.
    Callers who cannot send such a review about themselves are asked about with their groups. A "no" then also
    holds without groups; a "yes" holds only if the reason names the user.
    """
    answerable = [not who.at(request.namespace).is_assumed for _, request in requests]
    reviews = [_review(who, *requests[at]) for at, is_known in enumerate(answerable) if is_known]
    replies = iter(reviewer.ask(reviews))
    verdicts = [_verdict(next(replies)) if is_known else _NOBODY for is_known in answerable]
    if who.is_caller:
        unanswered = [
            at
            for at, (via, _) in enumerate(requests)
            if verdicts[at].allowed is None and via is Plane.KUBEFLOW
        ]
        own_replies = reviewer.ask([AccessQuestion(requests[at][1], None) for at in unanswered])
        for at, reply in zip(unanswered, own_replies, strict=True):
            verdicts[at] = _without_groups(reply)
    return verdicts


def _verdicts_by_question(
    reviewer: Reviewer, who: KnownSubject, questions: Sequence[GridQuestion]
) -> dict[GridQuestion, ServerVerdict]:
    requests = [(question.resource.via, question.request) for question in questions]
    return dict(zip(questions, server_verdicts(reviewer, who, requests), strict=True))


class RulesVerdicts(Struct, frozen=True):
    """The answers that the caller's own rules give to open questions, and the rules by namespace."""

    answers: dict[GridQuestion, bool]
    rules: dict[str, tuple[PolicyRule, ...]]


def verdicts_by_rules(reviewer: Reviewer, cells: Sequence[Cell]) -> RulesVerdicts:
    """
    Return what SelfSubjectRulesReviews say about the open questions of *cells*.

    Such a review includes the caller's groups, so for Kubeflow's plane only its "no" counts.
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
    """Return the answer that the rules give; None if they do not decide it."""
    is_granted = any(rule_allows(rule, question.request) for rule in reply.rules)
    if is_granted:
        return True if question.resource.via is Plane.KUBECTL else None
    return None if reply.incomplete else False


def with_names_of_rules(cell: Cell, rules: Mapping[str, tuple[PolicyRule, ...]]) -> Cell:
    """Return *cell* with the object names for which the caller's own rules in that namespace grant a verb."""
    if cell.resource.via is not Plane.KUBECTL or cell.namespace not in rules:
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
    """Cells with the server's answers to their open questions, and notes about it for the user."""

    cells: Sequence[Cell]
    notes: tuple[str, ...] = ()


def fill_unknown(reviewer: Reviewer | None, who: KnownSubject, cells: Sequence[Cell]) -> FilledCells:
    """
    Return *cells* with open questions answered by the server; unchanged without a *reviewer*.

    Everybody can ask about themselves: the caller's rules are read once per namespace, and single reviews
    answer the rest.
    """
    if reviewer is None or not any(cell.unknown for cell in cells):
        return FilledCells(cells)
    if who.is_caller:
        known = verdicts_by_rules(reviewer, cells)
        cells = [with_names_of_rules(settled(cell, known.answers), known.rules) for cell in cells]
    verdicts = _verdicts_by_question(reviewer, who, list(open_questions(cells)))
    answers = {question: server.allowed for question, server in verdicts.items()}
    notes = [_SERVER_ANSWERED] if reviewer.is_server else []
    notes += (f"not known: {problem}" for problem in problems(verdicts.values()))
    return FilledCells([settled(cell, answers) for cell in cells], tuple(notes))


_SERVER_ANSWERED = "the server answered what could not be read; its other authorizers count as well"


class VerificationResult(Struct, frozen=True):
    """
    Whether the server agrees with computed answers, by (namespace, resource) and by namespace.

    True: it agrees with all of them; False: it disagrees with one; None: it did not answer about some, and
    agrees with the rest. *failed*: it disagrees somewhere, or did not answer.
    """

    by_resource: dict[tuple[str, GridResource], bool | None]
    by_namespace: dict[str, bool | None]
    disagreements: tuple[str, ...]
    notes: tuple[str, ...]
    failed: bool


SAMPLE = 200
"""How many answers `--verify=sample` compares."""


def verify(
    reviewer: Reviewer, who: KnownSubject, cells: Sequence[Cell], verification: Verification
) -> VerificationResult:
    """Return whether the server agrees with every verdict in *cells*, or with a sample."""
    # A service that asks about users alone never asks about a group, or about accounts of many profiles
    every = [q for q in grid_questions(cells) if who.at(q.namespace).counts(q.resource.via)]
    questions = sample(every, SAMPLE) if verification.is_sample else every
    reviewer.announce(len(questions))
    verdicts = _verdicts_by_question(reviewer, who, questions)
    agreement = _agreement(cells, verdicts)
    wrong = [question for question, agrees in agreement.items() if agrees is False]
    silent = sum(agrees is None for agrees in agreement.values())
    notes = [f"verified: {len(questions):,} asked, {len(wrong):,} disagree, {silent:,} not answered"]
    notes += (f"not verified: {problem}" for problem in problems(verdicts.values()))
    return VerificationResult(
        _combined(
            ((question.namespace, question.resource), agrees) for question, agrees in agreement.items()
        ),
        _combined((question.namespace, agrees) for question, agrees in agreement.items()),
        tuple(_disagreement(who, question, verdicts[question]) for question in wrong),
        tuple(notes),
        bool(wrong or silent),
    )


K = TypeVar("K")
T = TypeVar("T")


def _combined(pairs: Iterable[tuple[K, bool | None]]) -> dict[K, bool | None]:
    """Return one value per key: False if one of its values is False, else None if one is None, else True."""
    by_key: dict[K, set[bool | None]] = {}
    for key, agrees in pairs:
        by_key.setdefault(key, set()).add(agrees)
    return {key: _worst(verdicts) for key, verdicts in by_key.items()}


def _worst(verdicts: set[bool | None]) -> bool | None:
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _agreement(
    cells: Sequence[Cell], verdicts: Mapping[GridQuestion, ServerVerdict]
) -> dict[GridQuestion, bool | None]:
    """Return whether the server agrees with *cells*, by question; None where one of the two is unknown."""
    by_place = {(cell.namespace, cell.resource): cell for cell in cells}
    return {
        question: _agrees(
            verdict(by_place[question.namespace, question.resource], question.verb), server.allowed
        )
        for question, server in verdicts.items()
    }


def _agrees(computed: Verdict, allowed: bool | None) -> bool | None:
    if allowed is None or computed is Verdict.UNKNOWN:
        return None
    return allowed is (computed is Verdict.ALLOWED)


def _disagreement(who: KnownSubject, question: GridQuestion, server: ServerVerdict) -> str:
    where = f" in namespace `{question.namespace}`" if question.namespace else " cluster-wide"
    word, ours = ("yes", "no") if server.allowed else ("no", "yes")
    reason = f": {server.reason}" if server.reason else ""
    what = f"{question.verb} {question.resource.full_name}"
    return f"`{spelled(who.subject)}` {what}{where}: RBAC says {ours}, the server says {word}{reason}"


def sample(every: Sequence[T], most: int) -> list[T]:
    """Return at most *most* items of *every*, evenly spread; the same ones on each call."""
    if len(every) <= most:
        return list(every)
    return [every[at * len(every) // most] for at in range(most)]


def problems(verdicts: Iterable[ServerVerdict]) -> tuple[str, ...]:
    """Return why the server gave no answer, each reason once."""
    reasons = (verdict.problem for verdict in verdicts if verdict.allowed is None)
    return tuple(dict.fromkeys(filter(None, reasons)))


_NOBODY = ServerVerdict(None, problem="no server knows somebody who only stands for a persona")


def _review(who: KnownSubject, via: Plane, request: Request) -> AccessQuestion:
    identity = who.at(request.namespace).seen(via)
    return AccessQuestion(request, None if who.is_caller and via is Plane.KUBECTL else identity)


def _verdict(reply: Reply) -> ServerVerdict:
    return ServerVerdict(reply.allowed, reply.reason, reply.problem)


def _without_groups(reply: Reply) -> ServerVerdict:
    """Return what *reply*, which counts the caller's groups, says of the caller without them."""
    by = parse_reason(reply.reason)
    if reply.allowed and (by is None or by.kind == GROUP):
        return ServerVerdict(None, problem="it is allowed with your groups, and perhaps only by them")
    return _verdict(reply)
