"""Whether a subject who is denied can do it as somebody else."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.commands.explain.explanation import Explanation, IndirectAnswer, PlaneAnswer
from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.kubeflow.catalogue.service_calls import as_reviewed
from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.resolve.escalation import accounts_exist, escalation_of, likely_escalation
from kubectl_kfaccess.sources.source import Source


def with_indirect(value: Explanation, source: Source) -> Explanation:
    """Return *value* with what steps allow beside each no."""
    escalation = escalation_of(source, value.snapshot)
    answers = (
        replace(answer, indirect=_indirect(value.who, answer, escalation))
        if value.who and is_plain_no(answer)
        else answer
        for answer in value.answers
    )
    return replace(value, answers=tuple(answers))


def gaps_of_steps(value: Explanation, source: Source) -> tuple[Gap, ...]:
    """Return what could not be read and can hide steps, if a no depends on it."""
    if not any(answer.indirect and answer.indirect.verdict is Verdict.DENIED for answer in value.answers):
        return ()
    doubts = escalation_of(source, value.snapshot, has_pipelines=False).doubts
    return tuple(doubt for doubt in doubts if isinstance(doubt, Gap))


def with_hints(value: Explanation, source: Source) -> Explanation:
    """Return *value* with *by_steps* set where a no certainly is a yes by steps."""
    if value.who is None or not value.snapshot.is_complete or not any(map(is_plain_no, value.answers)):
        return value
    escalation = likely_escalation(source, value.snapshot)
    answers = (
        replace(answer, by_steps=is_plain_no(answer) and _is_yes(value.who, answer, escalation, source))
        for answer in value.answers
    )
    return replace(value, answers=tuple(answers))


def is_plain_no(answer: PlaneAnswer) -> bool:
    """Whether it is a no about words that mean something, which a grant could change."""
    is_open = answer.unknown_words or answer.useless or answer.kfam
    return answer.is_asked and answer.verdict is Verdict.DENIED and not is_open


def _is_yes(who: KnownSubject, answer: PlaneAnswer, escalation: Escalation, source: Source) -> bool:
    steps = escalation.ways(who.seen(Plane.KUBECTL), _request(answer), answer.plane) or ()
    return bool(steps) and _is_proved(steps) and accounts_exist(source, steps)


def _indirect(who: KnownSubject, answer: PlaneAnswer, escalation: Escalation) -> IndirectAnswer:
    request = _request(answer)
    steps = escalation.ways(who.seen(Plane.KUBECTL), request, answer.plane)
    if not steps:
        return IndirectAnswer(Verdict.DENIED)
    verdict = Verdict.ALLOWED if _is_proved(steps) else Verdict.UNKNOWN
    return IndirectAnswer(verdict, steps, _grants(steps, request, escalation.facts.evaluator))


def _is_proved(steps: tuple[Step, ...]) -> bool:
    return not any(step.conditions for step in steps)


def _grants(steps: tuple[Step, ...], request: Request, evaluator: Evaluator) -> tuple[Grant, ...]:
    """Return what allows the request to the identity that is reached last, if bindings do."""
    target = steps[-1].target
    if not target.is_somebody:
        return ()
    return tuple(grant for grant in evaluator.to(target.identity, request) if grant.certain)


def _request(answer: PlaneAnswer) -> Request:
    request = replace(answer.question.request, namespace=answer.namespace)
    return as_reviewed(request) if answer.plane is Plane.KUBEFLOW else request
