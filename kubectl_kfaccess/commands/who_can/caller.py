"""Whether the caller can do what `who-can` asks about, for callers who cannot read who else can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.request_scope import Question, lacks_namespace
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import USER, Principal, displayed
from kubectl_kfaccess.rbac.who_can import Item, Listing
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, Reviewer
from kubectl_kfaccess.verify.hidden_roles import with_items
from kubectl_kfaccess.verify.own_grants import own_item

MOST_REVIEWS = 100


class CallerAnswer(Struct, frozen=True):
    """
    The caller, and whether the server allows them all of what was asked; None: not known, or not all.

    *items* are what it allows them. A yes about all namespaces means some of them.
    """

    subject: Subject
    allowed: bool | None
    items: tuple[Item, ...]


def caller_answer(
    reviewer: Reviewer, questions: tuple[Question, ...], theirs: tuple[str, ...] = ()
) -> CallerAnswer | None:
    """
    Return what the server says of the caller; None if it does not say who they are.

    For questions about all namespaces the caller's own ones, *theirs*, are asked about.
    """
    identity = reviewer.caller_identity()
    asked_about = [(question, request) for question in questions for request in _requests(question, theirs)]
    if not identity.user or len(asked_about) > MOST_REVIEWS:
        return None
    replies = reviewer.ask([AccessQuestion(request) for _, request in asked_about])
    return CallerAnswer(
        displayed(Principal(USER, identity.user)),
        _whole(questions, {reply.allowed for reply in replies}),
        tuple(
            own_item(question, identity.user, request.namespace, reply)
            for (question, request), reply in zip(asked_about, replies, strict=True)
            if reply.allowed
        ),
    )


def with_caller(listings: Sequence[Listing], caller: CallerAnswer | None) -> tuple[Listing, ...]:
    """Return *listings* with what the server allows the caller."""
    items = caller.items if caller else ()
    return tuple(
        with_items(listing, (item for item in items if item.question == listing.question))
        for listing in listings
    )


def _whole(questions: tuple[Question, ...], words: set[bool | None]) -> bool | None:
    """Return the answer to all questions: of those about all namespaces only a yes is known."""
    if any(question.namespaces is None for question in questions):
        return True if True in words else None
    return words.pop() if len(words) == 1 else None


def _requests(question: Question, theirs: tuple[str, ...]) -> Iterator[Request]:
    """Yield the requests of a question; one about all namespaces is asked of *theirs* as well."""
    names = theirs if question.namespaces is None else question.namespaces
    yield from (replace(question.request, namespace=name) for name in names)
    if not question.namespaces and not (
        question.namespaces is None and lacks_namespace(question.request, question.type)
    ):
        yield question.request
