"""Whether the caller can do what `who-can` asks about, for callers who cannot read who else can."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.request_scope import Question, lacks_namespace
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import USER, Principal, displayed
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, Reviewer

MOST_REVIEWS = 100


class CallerAnswer(Struct, frozen=True):
    """The caller, and whether the server allows them all of what was asked; None: not known, or not all."""

    subject: Subject
    allowed: bool | None


def caller_answer(reviewer: Reviewer, questions: tuple[Question, ...]) -> CallerAnswer | None:
    """Return what the server says of the caller; None if it does not say who they are."""
    identity = reviewer.caller_identity()
    requests = tuple(dict.fromkeys(_requests(questions)))
    if not identity.user or len(requests) > MOST_REVIEWS:
        return None
    subject = displayed(Principal(USER, identity.user))
    replies = {reply.allowed for reply in reviewer.ask([AccessQuestion(each, None) for each in requests])}
    return CallerAnswer(subject, replies.pop() if len(replies) == 1 else None)


def _requests(questions: tuple[Question, ...]) -> Iterator[Request]:
    for question in questions:
        if question.namespaces:
            yield from (replace(question.request, namespace=name) for name in question.namespaces)
        elif question.namespaces == () or not lacks_namespace(question.request, question.type):
            yield question.request
