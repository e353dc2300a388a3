"""The first line of an answer: yes, no or unknown, with the subject, what they want to do, and where."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.explain.explanation import Explanation, PlaneAnswer, is_by_masters
from kubectl_kfaccess.commands.explain.indirect_text import HINT
from kubectl_kfaccess.kubeflow.catalogue.resources import resource_types
from kubectl_kfaccess.output.blocks import Headline, Tone
from kubectl_kfaccess.output.rbac_terms import typed_subject
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.subjects import MASTERS
from kubectl_kfaccess.terminal.safe_text import line, shown

_VERDICTS = {
    Verdict.ALLOWED: "yes: {} can {}",
    Verdict.DENIED: "no: {} cannot {}",
    Verdict.UNKNOWN: "unknown: cannot tell whether {} can {}",
}
_TONES = {Verdict.ALLOWED: Tone.GOOD, Verdict.DENIED: Tone.BAD, Verdict.UNKNOWN: None}
_PLANES = {
    Plane.KUBECTL: "with kubectl and other clients",
    Plane.KUBEFLOW: "on Kubeflow's pages, whose services check the user's name alone",
}


def headline(answer: PlaneAnswer, value: Explanation) -> Headline:
    """Return the verdict, and below it what it holds for and what is odd about the question."""
    who = typed_subject(value.who.subject) if value.who else ""
    what = line(f"{answer.question.request.verb} {short_title(answer.question)}")
    text = f"{_VERDICTS[answer.verdict].format(who, what)}{_where(answer)}"
    return Headline(text, _TONES[answer.verdict], tuple(_details(answer, value)))


def short_title(question: Question) -> str:
    """Return the resource of the question, without its group if no other resource has the same name."""
    request = question.request
    groups = {known.group for known in resource_types() if known.name == request.resource}
    if request.path is not None or groups != {request.group}:
        return question.title
    return question.title.replace(f"{request.resource}.{request.group}", request.resource, 1)


def _where(answer: PlaneAnswer) -> str:
    if answer.namespace:
        return f" in {shown(answer.namespace)}"
    request, kind = answer.question.request, answer.question.type
    is_everywhere = kind is not None and kind.namespaced and request.path is None and not request.name
    return " in all namespaces" if is_everywhere else ""


def _details(answer: PlaneAnswer, value: Explanation) -> Iterator[str]:
    yield from map(line, (*answer.unknown_words, *answer.useless))
    if answer.plane is not Plane.KUBECTL or not answer.is_asked:
        yield _plane_text(answer)
    if answer.verified is not None:
        says = "confirmed by the API server" if answer.verified else "the API server says otherwise"
        yield f"{says}: {line(answer.server)}" if answer.server else says
    if answer.by_steps:
        yield HINT
    if is_by_masters(answer, value):
        yield f"in group {MASTERS}: the API server allows it everything, before it asks RBAC"


def _plane_text(answer: PlaneAnswer) -> str:
    """Return who gives the answer."""
    if answer.kfam:
        return "by KFAM, which decides about contributors on the dashboard"
    if answer.never_asked:
        return "by RBAC alone: none of Kubeflow's own services checks it"
    return _PLANES[answer.plane]
