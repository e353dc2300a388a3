"""
Who sees the contents of objects without the verb get: the API server returns them for other verbs too.

A list and a watch have whole objects. An empty patch returns the object as it is, and a dry run of
deletecollection returns all objects and deletes none. update and delete return nothing that the caller has
not sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.subjects import Principal
from kubectl_kfaccess.rbac.who_can import Item, Listing, list_subjects

GET = "get"
REVEALING = ("list", "watch", "patch", "deletecollection")
"""The verbs besides get whose answers have the contents of objects."""


class ContentReader(Struct, frozen=True, gc=False):
    """A subject who sees the contents in *namespace* ("": everywhere) by *verbs*, which *grants* allow."""

    who: Principal
    namespace: str
    verbs: tuple[str, ...]
    grants: tuple[Grant, ...]


def content_readers(evaluator: Evaluator, listing: Listing) -> tuple[ContentReader, ...]:
    """
    Return who else sees the contents of what *listing* says who can get, by namespace, kind and name.

    Nobody who can get them there or cluster-wide is among them, and nobody who sees objects of certain names
    alone, unless the question has that name. There are none for other verbs, and for what no API serves.
    """
    if not _is_about_contents(listing.question):
        return ()
    known = {(item.namespace, item.who) for item in listing.items}
    items: dict[tuple[str, Principal], list[Item]] = {}
    for question in _revealing(listing.question):
        for item in list_subjects(evaluator, question).items:
            if not known & {(item.namespace, item.who), ("", item.who)}:
                items.setdefault((item.namespace, item.who), []).append(item)
    return tuple(_reader(items[key]) for key in sorted(items))


def _is_about_contents(question: Question) -> bool:
    request, is_virtual = question.request, bool(question.type and question.type.virtual)
    return request.verb == GET and request.path is None and not request.subresource and not is_virtual


def _revealing(question: Question) -> Iterator[Question]:
    """Yield the question for each other verb; no request for deletecollection has a name."""
    for verb in REVEALING:
        name = "" if verb == "deletecollection" else question.request.name
        yield replace(question, request=replace(question.request, verb=verb, name=name))


def _reader(items: list[Item]) -> ContentReader:
    verbs = tuple(item.question.request.verb for item in items)
    grants = {
        (grant.binding.kind, grant.binding.key, grant.rule): grant for item in items for grant in item.grants
    }
    return ContentReader(items[0].who, items[0].namespace, verbs, tuple(grants.values()))
