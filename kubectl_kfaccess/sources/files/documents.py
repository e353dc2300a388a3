"""
Kubernetes objects in files, as a stream: YAML with several documents, JSON, Lists, folders, standard input.

A document is parsed only if its kind is needed, and a List item by item, so that the memory that we need
depends on the largest object and not on the size of the files.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ErrorCode, UnreadableInput, UsageError
from kubectl_kfaccess.sources.files import yaml_text
from kubectl_kfaccess.sources.files.document import (
    UNREADABLE,
    Document,
    Head,
    RefusedObject,
    decoding_problem,
)
from kubectl_kfaccess.sources.files.lines import Lines
from kubectl_kfaccess.sources.files.remarks import ACCOUNTS, EVERYTHING, Place, RemarkKind, Remarks

SUFFIXES = (".yaml", ".yml", ".json")


def documents(
    paths: Iterable[str],
    env: Environment,
    *,
    kinds: frozenset[str] | None = None,
    recursive: bool = False,
    remarks: Remarks | None = None,
    label: str = "standard input",
) -> Iterator[Document]:
    """
    Yield the Kubernetes objects in *paths*, those inside Lists too; *label* is the name of `-` in messages.

    If *kinds* is given, a YAML document of another kind can come without its content, only with its type.
    Unrendered templates, and in a directory documents that are no Kubernetes objects, are added to *remarks*.
    Raises UnreadableInput for the latter in a file, and for anything else that cannot be read or parsed.
    """
    for path in paths:
        for name, in_directory in _files(path, env, recursive=recursive):
            yield from _checked(_read_file(name, env, kinds, label), remarks, in_directory=in_directory)


def _files(path: str, env: Environment, *, recursive: bool) -> Iterator[tuple[str, bool]]:
    """Yield the files that *path* names, and whether each comes from a directory."""
    if path == "-":
        yield "-", False
        return
    place = env.cwd / path
    try:
        content = _directory_content(place, recursive=recursive)
    except OSError as error:
        raise UnreadableInput(f"cannot read `{path}`: {(error.strerror or str(error)).lower()}") from error
    if content is None:
        yield path, False
        return
    if not content:
        raise UnreadableInput(
            f"no YAML or JSON file in the directory `{path}`", hint="add `-R` to look into its subdirectories"
        )
    # A link that leads nowhere is opened as well, which says so
    files = (file for file in content if file.is_file() or not file.exists())
    yield from ((str(Path(path) / file.relative_to(place)), True) for file in files)


def _directory_content(place: Path, *, recursive: bool) -> list[Path] | None:
    """Return the YAML and JSON files in a directory, sorted; None if *place* is not a directory."""
    if not place.is_dir():
        return None
    return sorted(f for f in (place.rglob("*") if recursive else place.iterdir()) if f.suffix in SUFFIXES)


def _checked(
    unchecked: Iterable[Document], remarks: Remarks | None, *, in_directory: bool
) -> Iterator[Document]:
    """Yield the documents that are Kubernetes objects; others add a remark, or raise UnreadableInput."""
    for document in unchecked:
        try:
            is_object = isinstance(document.content, (dict, msgspec.Raw)) and _is_object(document)
        except RefusedObject as error:  # its kind is no text, so it can be meant to be anything
            if remarks is None:
                raise
            remarks.add(RemarkKind.REFUSED, document.where, error.reason, EVERYTHING)
            continue
        if is_object:
            yield document
        elif isinstance(document.content, _Template) and remarks is not None:
            remarks.add(RemarkKind.TEMPLATE, document.where, places=document.content.places)
        elif remarks is not None and in_directory:
            remarks.add(RemarkKind.NO_OBJECT, document.where)
        elif isinstance(document.content, _Template):
            raise UnreadableInput(
                f"{document.where}: malformed YAML: it looks like a template that was not rendered",
                hint="render first, and give the result: `helm template …` prints it",
            )
        else:
            raise UnreadableInput(
                f"{document.where}: not a Kubernetes object: it has no `apiVersion` and `kind`"
            )


def _is_object(document: Document) -> bool:
    head = document.head()
    return bool(head.api_version and head.kind)


def _read_file(name: str, env: Environment, kinds: frozenset[str] | None, label: str) -> Iterator[Document]:
    with opened(name, env, label) as (stream, shown_name):
        yield from _parse(stream, shown_name, kinds)


@contextmanager
def opened(name: str, env: Environment, label: str = "standard input") -> Iterator[tuple[BinaryIO, str]]:
    """Yield the open file *name*, or standard input for `-`, and its name; raises UnreadableInput."""
    shown_name = label if name == "-" else name
    try:
        with nullcontext(env.stdin) if name == "-" else (env.cwd / name).open("rb") as stream:
            yield stream, shown_name
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableInput(f"cannot read `{shown_name}`: {reason}") from error


def _parse(stream: BinaryIO, label: str, kinds: frozenset[str] | None) -> Iterator[Document]:
    """Yield the documents of a file: JSON if the first line with text starts as JSON does, else YAML."""
    line = stream.readline()
    if line.startswith(_UTF_16):
        stream = io.BytesIO(_utf_8(line + stream.read(), label))
        line = stream.readline()
    start = bytearray(line)
    while line and not line.strip():
        line = stream.readline()
        start += line
    begin = bytes(start.removeprefix(_BOM))
    text = begin.lstrip()
    if text[:1] in (b"{", b"[") and not text.startswith(b"{{"):
        yield from _parse_json(begin + stream.read(), label, kinds)
    else:
        for first, text in yaml_text.split(begin, stream):
            yield from _parse_yaml(text, label, first, kinds)


_BOM = b"\xef\xbb\xbf"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # what PowerShell's `>` writes


def _utf_8(text: bytes, label: str) -> bytes:
    """Return text in UTF-16 with a byte order mark as UTF-8; raises UnreadableInput if it is malformed."""
    try:
        return text.decode("utf-16").encode()
    except UnicodeDecodeError as error:
        raise UnreadableInput(f"{label}: malformed text: it starts as UTF-16 and is none") from error


# --- JSON ---


class _Parts(Head):
    """The head of an object, and what a list contains."""

    items: list[msgspec.Raw] | None = None


class _OddParts(msgspec.Struct, rename="camel"):
    """The same of an object whose head has a wrong type."""

    api_version: Any = ""
    kind: Any = ""
    items: list[msgspec.Raw] | None = None


_PARTS = msgspec.json.Decoder(list[msgspec.Raw] | _Parts)
_ODD_PARTS = msgspec.json.Decoder(list[msgspec.Raw] | _OddParts)


def _parse_json(text: bytes, label: str, kinds: frozenset[str] | None) -> Iterator[Document]:
    """Yield the objects of one JSON value, of several in a row, or of YAML in flow style, as kubectl does."""
    try:
        whole = msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        yield from _json_stream(text, label) or _flow_yaml(text, label, kinds)
    else:
        yield from _json_items(whole, label)


def _json_items(raw: msgspec.Raw, where: str) -> Iterator[Document]:
    """Yield the object in a JSON value, or the objects of the list that it is."""
    try:
        parts = _parts(raw)
    except UnicodeDecodeError as error:
        raise UnreadableInput(f"{where}: malformed JSON: not UTF-8 text") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableInput(f"{where}: not a Kubernetes object: {decoding_problem(error)}") from error
    items = parts if isinstance(parts, list) else parts.items
    if items is None or (not isinstance(parts, list) and not str(parts.kind).endswith("List")):
        yield Document(where, raw, parts if isinstance(parts, _Parts) else None)
        return
    for number, item in enumerate(items, start=1):
        if not isinstance(parts, list) and parts.kind != "List":
            yield Document(f"{where} item {number}", _typed_item(item, parts, f"{where} item {number}"))
        else:
            yield from _json_items(item, f"{where} item {number}")


def _parts(raw: msgspec.Raw) -> list[msgspec.Raw] | _Parts | _OddParts:
    """Return the items of a JSON list, or the parts of an object; raises msgspec.DecodeError."""
    parts: list[msgspec.Raw] | _Parts | _OddParts
    try:
        parts = _PARTS.decode(raw)
    except msgspec.ValidationError:
        parts = _ODD_PARTS.decode(raw)
    return parts


def _typed_item(item: msgspec.Raw, parts: _Parts | _OddParts, where: str) -> msgspec.Raw | dict[str, Any]:
    """Return an item of a `RoleBindingList` with the apiVersion and kind, which only the list has."""
    try:
        content = msgspec.json.decode(item, type=dict[str, Any])
    except UNREADABLE as error:
        raise UnreadableInput(f"{where}: not a Kubernetes object: {decoding_problem(error)}") from error
    content.setdefault("apiVersion", parts.api_version)
    content.setdefault("kind", str(parts.kind).removesuffix("List"))
    return content


def _json_stream(text: bytes, label: str) -> list[Document]:
    """Return the objects of several JSON values in a row; none if the text is anything else."""
    decoder = json.JSONDecoder()
    objects: list[Document] = []
    try:
        content = text.decode()
        lines = Lines(content)
        position = _past_space(content, 0)
        while position < len(content):
            value, end = decoder.raw_decode(content, position)
            where = f"{label}:{lines.number_at(position)}"
            objects += _json_items(msgspec.Raw(msgspec.json.encode(value)), where)
            position = _past_space(content, end)
    except (ValueError, RecursionError):
        return []
    return objects


def _flow_yaml(text: bytes, label: str, kinds: frozenset[str] | None) -> Iterator[Document]:
    """Yield the objects of YAML that looks like JSON; raises UnreadableInput if it is malformed JSON."""
    try:
        parts = yaml_text.split(b"", io.BytesIO(text))
        parsed = [document for first, part in parts for document in _parse_yaml(part, label, first, kinds)]
        if not all(isinstance(document.content, dict) and _is_object(document) for document in parsed):
            raise _malformed_json(text, label)
    except UsageError as error:
        raise _malformed_json(text, label, error.code) from error
    yield from parsed


def _malformed_json(text: bytes, label: str, code: ErrorCode | None = None) -> UsageError:
    """Return the error for JSON that cannot be parsed, with the line and the reason if they are known."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        where, reason = f"{label}:{error.lineno}", f": {error.msg.lower().removesuffix(' starting at')}"
    except (UnicodeDecodeError, RecursionError) as error:
        where, reason = label, f": {decoding_problem(error)}"
    else:
        where, reason = label, ""
    return UnreadableInput(f"{where}: malformed JSON{reason}", code=code)


def _past_space(text: str, position: int) -> int:
    """Return the first position from *position* on that is not a space."""
    spaces = re.compile(r"\s*").match(text, position)
    return spaces.end() if spaces else position


# --- YAML ---

_KIND = re.compile(rb"^kind:[ \t]*[\"']?([A-Za-z0-9]+)[\"']?[ \t]*\r?(?:#.*)?$", re.MULTILINE)
_API_VERSION = re.compile(rb"^apiVersion:[ \t]*[\"']?([A-Za-z0-9./-]+)[\"']?[ \t]*\r?(?:#.*)?$", re.MULTILINE)
# A line matches in one way only: with an optional line end, all ways to divide many spaces would be tried
_NOTHING = re.compile(rb"(?:[ \t]*(?:[#%].*)?\r?\n)*[ \t]*(?:[#%].*)?\r?")


def _parse_yaml(text: bytes, label: str, first: int, kinds: frozenset[str] | None) -> Iterator[Document]:
    """Yield the objects of one YAML document, whose first line has the number *first*."""
    kind_lines = _KIND.findall(text)
    if _NOTHING.fullmatch(text):
        return
    is_needed = kinds is None or len(kind_lines) != 1 or _needed(kind_lines[0], kinds)
    if not is_needed and not _ACCESS_FIELD.search(text):
        version = _API_VERSION.search(text)
        head = {"apiVersion": version[1].decode() if version else "", "kind": kind_lines[0].decode()}
        yield Document(f"{label}:{first}", head)
        return
    items = yaml_text.list_items(text) if kind_lines == [b"List"] else None
    if items:
        yield from _parse_items(items, text, label, first, kinds)
    else:
        yield from _whole(text, label, first)


_ACTION = re.compile(rb"\{\{-?[ \t\r\n]*[A-Za-z.$/(\"`]")  # of Go's and Jinja's templates


class _Template(NamedTuple):
    """The content of a document that is not YAML before it is rendered."""

    places: tuple[Place, ...]


def _possible_places(text: bytes) -> tuple[Place, ...]:
    """Return the lists that the object of a template can be in: the one of its kind, or any."""
    kind_lines = _KIND.findall(text)
    is_other = len(kind_lines) == 1 and b"Role" not in kind_lines[0] and kind_lines[0] != b"Profile"
    if not is_other or _ACCESS_FIELD.search(text):
        return EVERYTHING
    return (ACCOUNTS,) if kind_lines[0] == b"ServiceAccount" else ()


def _whole(text: bytes, label: str, first: int) -> Iterator[Document]:
    """Yield the objects of a document that is parsed as a whole, or one _Template if it is that."""
    where = f"{label}:{first + _lead(text)}"
    try:
        content = yaml_text.load(text, label, first)
    except UnreadableInput:
        if not _ACTION.search(text):
            raise
        content = _Template(_possible_places(text))
    yield from _objects(content, where)


def _needed(kind: bytes, kinds: frozenset[str]) -> bool:
    """Return whether a document of *kind* is needed: it is one of *kinds*, or a list that can hold them."""
    return kind.decode() in kinds or kind.endswith(b"List")


# What only roles and bindings have, whatever their kind is called
_ACCESS_FIELD = re.compile(rb"^(?:roleRef|rules|userNames|groupNames)[ \t]*:", re.MULTILINE)


def _parse_items(
    items: Iterator[tuple[int, bytes]], text: bytes, label: str, first: int, kinds: frozenset[str] | None
) -> Iterator[Document]:
    """Yield the objects of a List item by item, if it looks as kubectl prints it; parse others as a whole."""
    started = False
    try:
        for line, item in items:
            outdented = re.sub(rb"^[ -] ", b"", item, flags=re.MULTILINE)
            kind_lines = _KIND.findall(outdented)
            is_needed = kinds is None or len(kind_lines) != 1 or _needed(kind_lines[0], kinds)
            if is_needed or _ACCESS_FIELD.search(outdented):
                (content,) = yaml_text.load(item, label, first + line)
                yield from _objects(content, f"{label}:{first + line}")
            started = True
    except UsageError:
        if started:
            raise
        yield from _objects(yaml_text.load(text, label, first), f"{label}:{first}")


def _objects(content: Any, where: str) -> Iterator[Document]:
    """Yield a parsed object, or the objects of the list that it is; nothing for an empty document."""
    if content is None:
        return
    if isinstance(content, dict) and str(content.get("kind", "")).endswith("List") and "items" in content:
        if not isinstance(content["items"], (list, type(None))):
            raise UnreadableInput(f"{where}: not a Kubernetes object: `items` is not a list")
        list_kind = content["kind"].removesuffix("List")
        implied = {"apiVersion": content.get("apiVersion"), "kind": list_kind} if list_kind else {}
        for number, item in enumerate(content["items"] or (), start=1):
            whole = {**implied, **item} if isinstance(item, dict) else item
            yield from _objects(whole, f"{where} item {number}")
        return
    yield Document(where, content)


def _lead(text: bytes) -> int:
    """Return the number of lines of *text* before the object: comments, separators, empty lines."""
    lines = text.split(b"\n", 200)
    return next((n for n, line in enumerate(lines) if line.strip() and line[:1] not in b"#%-"), 0)
