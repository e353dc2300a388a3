"""
The form of a saved snapshot: one JSON document, which a file holds as it is or compressed.

The first two keys say what it is, so that a file is recognised by its first bytes. The objects stay encoded
until a command needs their kind.
"""

from __future__ import annotations

import gzip
import re
import zlib
from typing import Any

import msgspec
from msgspec import Raw, Struct

from kubectl_kfaccess.errors import ErrorCode, UnreadableInput
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.resources import ResourceType

API_VERSION = "kfaccess/v1"
KIND = "Snapshot"
GZIP = b"\x1f\x8b"
HEAD = 400
"""How many bytes of a file are enough to see that it is a snapshot."""
MOST_BYTES = 4 << 30
"""The largest document that is unpacked: a small file can be made to unpack to far more than any cluster."""
SERVER, DEMO = "server", "demo"
WRITE_ONE = "`snapshot FILE` writes one"

# `jq` writes spaces, and other tools a byte order mark
_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:apiVersion"\s*:\s*"kfaccess/|kind"\s*:\s*"Snapshot")')


class _Camel(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The base of all parts: Kubernetes' spelling of keys, and no key for what is empty."""


class SavedCluster(_Camel, frozen=True):
    """Which cluster it is, and the namespace of the context, with where that comes from."""

    uid: str = ""
    version: str = ""
    context: str = ""
    namespace: str = ""
    namespace_from: str = ""


class SavedRules(_Camel, frozen=True):
    """The rules of the caller in a namespace, as the server listed them, or why it did not."""

    namespace: str
    rules: tuple[PolicyRule, ...] = ()
    incomplete: bool = False
    evaluation_error: str = ""
    problem: str = ""


class SavedCaller(_Camel, frozen=True):
    """
    Who read the cluster, as the server knows them; *problem* says why that is not known.

    *rules* are there only if the caller could not read everything.
    """

    user: str = ""
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: dict[str, tuple[str, ...]] = {}
    problem: str = ""
    rules: tuple[SavedRules, ...] = ()


class SavedTypes(_Camel, frozen=True):
    """The types that the cluster serves; *unanswered* groups are missing (None: it told no types)."""

    types: tuple[ResourceType, ...] = ()
    unanswered: tuple[str, ...] | None = msgspec.field(default=())


class SavedGap(_Camel, frozen=True):
    """A list that could not be read; *code* is that of the error."""

    resource: str
    namespace: str = msgspec.field(default_factory=str)
    reason: str = msgspec.field(default_factory=str)
    code: ErrorCode = ErrorCode.FORBIDDEN


class SavedCoverage(_Camel, frozen=True):
    """What could not be read; *lists* are the namespaces read one by one, by resource."""

    complete: bool
    gaps: tuple[SavedGap, ...] = msgspec.field(default_factory=tuple)
    lists: dict[str, tuple[str, ...]] = {}


class SavedNote(_Camel, frozen=True):
    """A note on the objects; a *standing* one holds for all objects of this origin."""

    text: str
    standing: bool = False


class Document(_Camel, frozen=True):
    """
    A saved snapshot; *objects* are by the plural name of their resource, each list sorted.

    *assumed* are the objects that the demo takes from Kubernetes' defaults: kind, namespace, name.
    """

    api_version: str
    kind: str
    tool_version: str
    time: str
    origin: str
    cluster: SavedCluster
    by: SavedCaller
    discovery: SavedTypes
    coverage: SavedCoverage
    objects: dict[str, Raw]
    anonymized: bool = False
    assumed: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[SavedNote, ...] = ()


class _Head(Struct, rename="camel"):
    api_version: Any = ""
    kind: Any = ""


def is_snapshot(start: bytes) -> bool:
    """Return whether a file that begins with *start* is a snapshot, or was meant to be one."""
    return start.startswith(GZIP) or _START.match(start) is not None


def parsed(content: bytes, label: str) -> Document:
    """Return the snapshot in *content*; raises UnreadableInput, which calls the file *label*."""
    text = _unpacked(content, label) if content.startswith(GZIP) else content
    text = text.removeprefix(b"\xef\xbb\xbf")
    try:
        _check_head(msgspec.json.decode(text, type=_Head), label)
        return msgspec.json.decode(text, type=Document)
    except msgspec.ValidationError as error:
        raise UnreadableInput(f"{label}: not a whole snapshot: {_cause(error)}", hint=WRITE_ONE) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableInput(
            f"{label}: the snapshot is cut short or damaged: {_cause(error)}", hint=f"{WRITE_ONE} anew"
        ) from error


def _unpacked(content: bytes, label: str) -> bytes:
    """Return the text of a compressed file; raises UnreadableInput if it is damaged or far too long."""
    stream = zlib.decompressobj(wbits=31)
    try:
        text = stream.decompress(content, MOST_BYTES)
    except zlib.error as error:
        raise UnreadableInput(
            f"{label}: the compressed file is damaged: {_cause(error)}", hint=f"{WRITE_ONE} anew"
        ) from error
    if stream.unconsumed_tail:
        raise UnreadableInput(f"{label}: unpacked, it has more than 4 GiB", code=ErrorCode.TOO_BIG)
    if not stream.eof:
        raise UnreadableInput(f"{label}: the compressed file is cut short", hint=f"{WRITE_ONE} anew")
    return text


def _check_head(head: _Head, label: str) -> None:
    if head.kind != KIND or not str(head.api_version).startswith("kfaccess/"):
        raise UnreadableInput(
            f"{label}: neither a snapshot nor a manifest: its kind is `{head.kind}` of `{head.api_version}`",
            hint=f"`-f` reads manifests and snapshots: {WRITE_ONE}",
        )
    if head.api_version != API_VERSION:
        raise UnreadableInput(
            f"{label}: a snapshot of `{head.api_version}`: this program reads `{API_VERSION}`",
            hint="read it with the version of the program that wrote it, or write it anew",
        )


def _cause(error: Exception) -> str:
    text = str(error)
    return text[:1].lower() + text[1:]


def encoded(document: Document, *, compressed: bool) -> bytes:
    """Return the document as a file holds it: in ASCII, so that no terminal takes a name for a command."""
    text = msgspec.json.encode(document)
    plain = text if text.isascii() else _escaped(text.decode()).encode("ascii")
    # without a time and a name in the head, the same document gives the same bytes
    return gzip.compress(plain, compresslevel=6, mtime=0) if compressed else plain + b"\n"


def _escaped(text: str) -> str:
    return re.sub(r"[^\x00-\x7e]", _escape, text)


def _escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
