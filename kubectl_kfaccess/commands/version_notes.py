"""Notes on requests that do not decide alone: what else a server of that version asks, or is content with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.impersonation import both_needed
from kubectl_kfaccess.rbac.kubernetes_version import (
    CONSTRAINED_IMPERSONATION,
    STREAMS_NEED_CREATE,
    KubernetesVersion,
)
from kubectl_kfaccess.rbac.paired_requests import (
    depends_on_version,
    is_stream,
    is_too_old,
    needed_as_well,
    sufficient_instead,
)
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import Identity
from kubectl_kfaccess.rbac.who_can import Listing, list_subjects
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.terminal.words import counted

_STREAMS = {"exec": "exec", "attach": "attach", "portforward": "port-forward"}


def who_can_notes(
    source: Source,
    evaluator: Evaluator,
    listings: Iterable[Listing],
    narrowed: Callable[[Listing], Listing],
) -> Iterator[str]:
    """
    Yield what the version of *source* makes of the answers to who can do something.

    *listings* are whole; *narrowed* leaves out of a listing the subjects that flags leave out.
    """
    decisive = [each for each in listings if depends_on_version(each.question.request)]
    version = source.version() if decisive else None
    for listing in decisive:
        request = listing.question.request
        yield from _mode_notes(request, version)
        instead = sufficient_instead(listing.question, version)
        if instead and (more := _count(narrowed(_beyond(list_subjects(evaluator, instead), listing)))):
            ask = f"see `who-can {instead.request.verb} {instead.title}`"
            yield f"{_instead_text(request, version, counted(more, 'more subject'))}: {ask}"
        as_well = needed_as_well(listing.question, version)
        if as_well and (lacking := _count(narrowed(_beyond(listing, list_subjects(evaluator, as_well))))):
            yield f"{_as_well_text(as_well)}: {lacking} of these subjects cannot do that"


def explain_notes(
    source: Source, evaluator: Evaluator, identity: Identity, question: Question, *, allowed: bool
) -> Iterator[str]:
    """Yield what the version of *source* makes of the answer to *question*, which names one namespace."""
    if not depends_on_version(question.request):
        return
    version = source.version()
    yield from _mode_notes(question.request, version)
    instead = None if allowed else sufficient_instead(question, version)
    if instead and _is_granted(evaluator, identity, instead):
        by = f"by `{instead.request.verb} {instead.title}`"
        yield f"{_instead_text(question.request, version, 'this subject')}, {by}"
    as_well = needed_as_well(question, version) if allowed else None
    if as_well and not _is_granted(evaluator, identity, as_well):
        yield f"{_as_well_text(as_well)}: this subject cannot do that"


def _mode_notes(request: Request, version: KubernetesVersion | None) -> Iterator[str]:
    """Yield what a verb of constrained impersonation means."""
    if is_too_old(request, version):
        yield f"Kubernetes {version} never asks for `{request.verb}` (new in {CONSTRAINED_IMPERSONATION})"
    elif text := both_needed(request.verb):
        yield text


def _instead_text(request: Request, version: KubernetesVersion | None, subjects: str) -> str:
    if is_stream(request):
        when = f"on Kubernetes {version}" if version else f"before Kubernetes {STREAMS_NEED_CREATE}"
        return f"{when}, {subjects} can {_STREAMS[request.subresource]} over a websocket without `create`"
    when = "" if version else f"since Kubernetes {CONSTRAINED_IMPERSONATION}, "
    return f"{when}{subjects} can act as somebody else for single kinds of requests"


def _as_well_text(needed: Question) -> str:
    request = needed.request
    if is_stream(request):
        action = _STREAMS[request.subresource]
        return f"since Kubernetes {STREAMS_NEED_CREATE}, {action} needs `create {needed.title}` as well"
    return f"this also needs `{request.verb} {request.resource}`"


def _beyond(listing: Listing, other: Listing) -> Listing:
    """Return *listing* with the items of subjects and namespaces that nothing in *other* is about."""
    known = {(item.who, item.namespace) for item in (*other.items, *other.named)}
    items = (*listing.items, *listing.named)
    left = (item for item in items if not known & {(item.who, ""), (item.who, item.namespace)})
    return Listing(listing.question, tuple(left))


def _count(listing: Listing) -> int:
    return len({item.who for item in listing.items})


def _is_granted(evaluator: Evaluator, identity: Identity, question: Question) -> bool:
    """Whether a rule certainly grants the request, at least for some name if it has none."""
    request = question.request
    if question.namespaces == ():
        request = replace(request, namespace="")
    grants = evaluator.to(identity, request, any_name=not request.name)
    return any(grant.certain for grant in grants)
