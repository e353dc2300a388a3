"""
Objects and lists in the server's answers: read page by page, and checked to be what was asked for.

Lists are decoded directly into the structs of `rbac.model`. Nothing of another kind is believed: a list of
Pods decodes without an error as a list of bindings without subjects, and would say that nobody can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from kubectl_kfaccess.errors import CannotAnswer, ErrorCode
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.sources.cluster.bounds import MOST_PAGES, Bounds, shortened
from kubectl_kfaccess.sources.cluster.decoders import decoder_of
from kubectl_kfaccess.sources.cluster.named_objects import METADATA_ONLY
from kubectl_kfaccess.sources.cluster.transport import Expired, Transport
from kubectl_kfaccess.sources.kinds import Kind

PAGE = 25_000  # objects; one page is enough for all but the largest clusters, and each page costs a wait
RESTARTS = 2  # times that an expired list is read again
WHAT_TO_TRY = "is this the address of a Kubernetes API server?"
_METADATA = ("meta.k8s.io/v1", "PartialObjectMetadata")

T = TypeVar("T")


class _ListMeta(Struct):
    token: str | None = msgspec.field(default="", name="continue")


class _List(Struct, Generic[T]):
    items: tuple[T, ...] | None = ()
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)


class _Head(Struct, rename="camel", gc=False):
    """What an object says that it is; in most lists, the items say nothing."""

    api_version: str | None = ""
    kind: str | None = ""


class _Heads(_Head):
    items: tuple[_Head, ...] | None = ()


def decoded(topic: str, decode: Callable[[], T]) -> T:
    """Return what *decode* returns; raises CannotAnswer if the answer about *topic* cannot be decoded."""
    try:
        return decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CannotAnswer(
            f"cannot understand the server's answer about {topic}: {shortened(str(error))}", hint=WHAT_TO_TRY
        ) from error


def read_object(transport: Transport, kind: Kind, namespace: str, name: str) -> KubernetesObject:
    """
    Return the object; raises Refused if it does not exist or cannot be read.

    Raises CannotAnswer if the server sends something else.
    """
    body = transport.get(kind.path(namespace, name))
    return decoded(kind.resource, partial(_object, kind, body))


def _object(kind: Kind, body: bytes) -> KubernetesObject:
    _check(decoder_of(_Head).decode(body), [_own(kind)])
    item: KubernetesObject = decoder_of(kind.struct).decode(body)
    return item


def read_list(transport: Transport, kind: Kind, namespace: str = "") -> list[KubernetesObject]:
    """
    Return the objects of *kind* in *namespace*, "" for the whole cluster.

    Raises Refused, or CannotAnswer if the list keeps expiring, has no end, or is something else.
    """
    return _whole_list(transport, kind, namespace, kind.struct, "application/json")


def read_names(transport: Transport, kind: Kind, namespace: str) -> list[str]:
    """Return the names of the objects of *kind* in *namespace*, without what is in them; raises as a list."""
    heads = _whole_list(transport, kind, namespace, KubernetesObject, METADATA_ONLY)
    return [head.name for head in heads]


def _whole_list(
    transport: Transport, kind: Kind, namespace: str, struct: type[KubernetesObject], accept: str
) -> list[KubernetesObject]:
    generic: Any = _List  # its parameter is known at run time only
    decoder = decoder_of(generic[struct])
    bounds = transport.bounds()
    for restart in range(RESTARTS + 1):
        # A list that keeps expiring is read in one piece: pages from two moments are no snapshot
        query = {"limit": PAGE} if restart < RESTARTS else {}
        get = partial(transport.get, kind.path(namespace), accept=accept)
        try:
            return [item for page in _pages(get, kind, decoder, query, bounds) for item in page]
        except Expired:
            continue
    raise CannotAnswer(f"cannot list {kind.resource}: the list expired while it was read")


def _pages(
    get: Callable[..., bytes], kind: Kind, decoder: Any, query: dict[str, int], bounds: Bounds
) -> Iterator[tuple[KubernetesObject, ...]]:
    """Yield the pages of a list; raises CannotAnswer if they have no end."""
    token = ""
    earlier: list[str] = []
    while token or not earlier:
        body = get(query={**query, **({"continue": token} if token else {})}, bounds=bounds)
        bounds = bounds.without(len(body))
        page = decoded(kind.resource, partial(_page, kind, decoder, body))
        yield page.items or ()
        earlier.append(token)
        token = page.metadata.token or ""
        _check_progress(kind, token, earlier)


def _check_progress(kind: Kind, token: str, earlier: Sequence[str]) -> None:
    """Raise CannotAnswer if the page that *token* names was read before, or is one too many."""
    if token and token in earlier:
        problem = "the same pages again and again"
    elif token and len(earlier) >= MOST_PAGES:
        problem = f"more than {MOST_PAGES:,} pages"
    else:
        return
    raise CannotAnswer(
        f"cannot list {kind.resource}: the server sends {problem}",
        hint=f"ask for single namespaces with `-n`; {WHAT_TO_TRY}",
        code=ErrorCode.TOO_BIG,
    )


def _page(kind: Kind, decoder: Any, body: bytes) -> Any:
    """Return a page of a list; raises ValidationError if it is anything else."""
    page = decoder.decode(body)
    heads = decoder_of(_Heads).decode(body)
    kinds = [_own(kind), _METADATA]
    if not heads.kind:
        raise msgspec.ValidationError("it has no kind")
    _check(heads, [(version, f"{name}List") for version, name in kinds])
    for head in heads.items or ():
        if head.kind or head.api_version:
            _check(head, kinds)
    return page


def _own(kind: Kind) -> tuple[str, str]:
    """Return the apiVersion and the kind of an object of *kind*."""
    return f"{kind.group}/{kind.version}" if kind.group else kind.version, kind.struct.kind


def _check(head: _Head, kinds: Sequence[tuple[str, str]]) -> None:
    """Raise ValidationError if *head* contradicts each of *kinds*, which are pairs of apiVersion and kind."""
    for version, name in kinds:
        if head.kind in ("", None, name) and head.api_version in ("", None, version):
            return
    actual = " ".join(part for part in (head.api_version, head.kind) if part)
    raise msgspec.ValidationError(f"it is a `{actual}`, not a `{kinds[0][0]} {kinds[0][1]}`")
