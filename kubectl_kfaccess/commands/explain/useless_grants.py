"""Why no grant can help: sentences about requests that the API does not have."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kubectl_kfaccess.commands.explain.explanation import PlaneAnswer
from kubectl_kfaccess.kubeflow.catalogue.resources import resource_types
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.near_misses import Miss
from kubectl_kfaccess.rbac.request_scope import lacks_namespace
from kubectl_kfaccess.sources.source import Source

_MOST_NAMESPACES = 3


class KnownTypes(Struct, frozen=True):
    """The types whose scope is known, by (group, name): those that the server or the catalogue has."""

    keys: frozenset[tuple[str, str]]


def known_types(source: Source) -> KnownTypes:
    """Return the types that *source* and the catalogue know."""
    return KnownTypes(frozenset(known.key for known in (*resource_types(), *source.resource_types())))


def why_useless(answer: PlaneAnswer, types: KnownTypes, *, quoted: bool) -> Iterator[str]:
    """
    Yield why no grant can make the request of *answer* succeed; nothing if one can.

    *quoted*: the request is from an error, exactly as a client sent it. Words of the command line without a
    namespace mean all namespaces at once, unless they name an object.
    """
    request, resource_type = answer.question.request, answer.question.type
    is_known = resource_type is not None and resource_type.key in types.keys
    if answer.plane is not Plane.KUBECTL or not is_known or answer.namespace or not (quoted or request.name):
        return
    if lacks_namespace(request, resource_type):
        yield from _without_namespace(answer)


def _without_namespace(answer: PlaneAnswer) -> Iterator[str]:
    yield (
        f"`{answer.question.request.resource}` are namespaced, and the request has no namespace: "
        "there is no such request, so no grant makes it succeed"
    )
    places = [near.actual for near in answer.misses if near.miss is Miss.CLUSTER_SCOPED]
    if places:
        names = " or ".join(f"`{place}`" for place in places[:_MOST_NAMESPACES])
        yield f"name the namespace: it is allowed in {names}"
