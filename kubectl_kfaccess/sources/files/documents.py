"""
Kubernetes objects in files, as a stream: YAML of several documents, JSON, Lists, directories, standard input.

A document is parsed when its kind is needed, a List item by item, so that memory follows the one object at
hand and not the size of the files.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ErrorCode, UnreadableInput, UsageError
from kubectl_kfaccess.sources.files import yaml_text

SUFFIXES = (".yaml", ".yml", ".json")
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
T = TypeVar("T")


@dataclass(frozen=True)
class Document:
    """One Kubernetes object as it stands in a file; *where* is `FILE:LINE`, or `FILE item N` in JSON."""

    where: str
    content: dict[str, Any] | msgspec.Raw

    def head(self) -> Head:
        """Return the object's apiVersion, kind and name, whatever else it holds."""
        found: Head = _converted(self, Head)
        return found

    def to(self, struct: type[T]) -> T:
        """Return the object as *struct*; a UsageError names the file and the field that does not fit."""
        found: T = _converted(self, struct)
        return found


class _Name(msgspec.Struct):
    name: str = ""


class Head(msgspec.Struct, rename="camel"):
    """What an object says it is."""

    api_version: str = ""
    kind: str = ""
    metadata: _Name | None = None

    @property
    def type(self) -> tuple[str, str]:
        """(group, kind)."""
        group, slash, _ = self.api_version.partition("/")
        return (group if slash else "", self.kind)

    @property
    def name(self) -> str:
        return self.metadata.name if self.metadata else ""


def documents(
    paths: Iterable[str],
    env: Environment,
    *,
    kinds: frozenset[str] | None = None,
    recursive: bool = False,
    notes: list[str] | None = None,
    label: str = "standard input",
) -> Iterator[Document]:
    """
    Yield the Kubernetes objects in *paths*, Lists taken apart; *label* is how `-` is called.

    With *kinds*, YAML documents that say they are of another kind may come as a bare head, unparsed.
    A document that is no Kubernetes object is an error in a file, and a note (in *notes*) in a directory.
    """
    for path in paths:
        for name, in_directory in _files(path, env, recursive=recursive):
            yield from _checked(_read_file(name, env, kinds, label), notes if in_directory else None)


def _files(path: str, env: Environment, *, recursive: bool) -> Iterator[tuple[str, bool]]:
    if path == "-":
        yield "-", False
        return
    place = env.cwd / path
    try:
        inside = _inside(place, recursive=recursive)
    except OSError as error:
        raise UnreadableInput(f"cannot read `{path}`: {(error.strerror or str(error)).lower()}") from error
    if inside is None:
        yield path, False
        return
    if not inside:
        raise UnreadableInput(
            f"no YAML or JSON file in the directory `{path}`", hint="add `-R` to look into its subdirectories"
        )
    yield from ((str(Path(path) / file.relative_to(place)), True) for file in inside if file.is_file())


def _inside(place: Path, *, recursive: bool) -> list[Path] | None:
    """The files of a directory that may hold objects, None when it is no directory."""
    if not place.is_dir():
        return None
    return sorted(f for f in (place.rglob("*") if recursive else place.iterdir()) if f.suffix in SUFFIXES)


def _checked(found: Iterable[Document], notes: list[str] | None) -> Iterator[Document]:
    for document in found:
        if isinstance(document.content, (dict, msgspec.Raw)) and _is_object(document):
            yield document
        elif notes is None:
            raise UnreadableInput(
                f"{document.where}: not a Kubernetes object: it has no `apiVersion` and `kind`"
            )
        else:
            notes.append(f"{document.where}: not a Kubernetes object, passed over")


def _is_object(document: Document) -> bool:
    head = document.head()
    return bool(head.api_version and head.kind)


def _read_file(name: str, env: Environment, kinds: frozenset[str] | None, label: str) -> Iterator[Document]:
    with opened(name, env, label) as (stream, called):
        yield from _parse(stream, called, kinds)


@contextmanager
def opened(name: str, env: Environment, label: str = "standard input") -> Iterator[tuple[BinaryIO, str]]:
    """Yield the file of that name, or standard input for `-`, and how messages call it."""
    called = label if name == "-" else name
    try:
        with nullcontext(env.stdin) if name == "-" else (env.cwd / name).open("rb") as stream:
            yield stream, called
    except OSError as error:
        raise UnreadableInput(f"cannot read `{called}`: {(error.strerror or str(error)).lower()}") from error


def _parse(stream: BinaryIO, label: str, kinds: frozenset[str] | None) -> Iterator[Document]:
    start = bytearray()
    for line in stream:
        start += line
        if line.strip():
            break
    begin = bytes(start.removeprefix(_BOM))
    if begin.lstrip()[:1] in (b"{", b"["):
        yield from _parse_json(begin + stream.read(), label, kinds)
    else:
        for first, text in yaml_text.split(begin, stream):
            yield from _parse_yaml(text, label, first, kinds)


_BOM = b"\xef\xbb\xbf"


# --- JSON ---


class _Parts(msgspec.Struct, rename="camel"):
    api_version: Any = ""
    kind: Any = ""
    items: list[msgspec.Raw] | None = None


def _parse_json(text: bytes, label: str, kinds: frozenset[str] | None) -> Iterator[Document]:
    """Parse one JSON value, several in a row, or YAML in JSON's style, all of which kubectl reads."""
    try:
        whole = msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        yield from _json_stream(text, label) or _yaml_after_all(text, label, kinds)
    else:
        yield from _json_items(whole, label)


def _json_items(raw: msgspec.Raw, where: str) -> Iterator[Document]:
    try:
        parts = msgspec.json.decode(raw, type=list[msgspec.Raw] | _Parts)
    except UnicodeDecodeError as error:
        raise UnreadableInput(f"{where}: malformed JSON: not UTF-8 text") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableInput(f"{where}: not a Kubernetes object: {told(error)}") from error
    items = parts if isinstance(parts, list) else parts.items
    if items is None or (isinstance(parts, _Parts) and not str(parts.kind).endswith("List")):
        yield Document(where, raw)
        return
    for number, item in enumerate(items, start=1):
        if isinstance(parts, _Parts) and parts.kind != "List":
            yield Document(f"{where} item {number}", _typed_item(item, parts, f"{where} item {number}"))
        else:
            yield from _json_items(item, f"{where} item {number}")


def _typed_item(item: msgspec.Raw, parts: _Parts, where: str) -> msgspec.Raw | dict[str, Any]:
    """An item of a `RoleBindingList` says neither apiVersion nor kind: the list does."""
    try:
        content = msgspec.json.decode(item, type=dict[str, Any])
    except UNREADABLE as error:
        raise UnreadableInput(f"{where}: not a Kubernetes object: {told(error)}") from error
    content.setdefault("apiVersion", parts.api_version)
    content.setdefault("kind", str(parts.kind).removesuffix("List"))
    return content


def _json_stream(text: bytes, label: str) -> list[Document]:
    """The objects of several JSON values in a row; none at all when the text is something else."""
    decoder = json.JSONDecoder()
    found: list[Document] = []
    try:
        content = text.decode()
        position = _past_space(content, 0)
        while position < len(content):
            value, end = decoder.raw_decode(content, position)
            where = f"{label}:{content.count(chr(10), 0, position) + 1}"
            found += _json_items(msgspec.Raw(msgspec.json.encode(value)), where)
            position = _past_space(content, end)
    except (ValueError, RecursionError):
        return []
    return found


def _yaml_after_all(text: bytes, label: str, kinds: frozenset[str] | None) -> Iterator[Document]:
    try:
        parts = yaml_text.split(b"", io.BytesIO(text))
        found = [one for first, part in parts for one in _parse_yaml(part, label, first, kinds)]
        if not all(isinstance(one.content, dict) and _is_object(one) for one in found):
            raise _malformed_json(text, label)
    except UsageError as error:
        raise _malformed_json(text, label, error.code) from error
    yield from found


def _malformed_json(text: bytes, label: str, code: ErrorCode | None = None) -> UsageError:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        where, what = f"{label}:{error.lineno}", f": {error.msg.lower()}"
    except (UnicodeDecodeError, RecursionError) as error:
        where, what = label, f": {told(error)}"
    else:
        where, what = label, ""
    return UnreadableInput(f"{where}: malformed JSON{what}", code=code)


def _past_space(text: str, position: int) -> int:
    found = re.compile(r"\s*").match(text, position)
    return found.end() if found else position


# --- YAML ---

_KIND = re.compile(rb"^kind:[ \t]*[\"']?([A-Za-z0-9]+)[\"']?[ \t]*\r?(?:#.*)?$", re.MULTILINE)
_API_VERSION = re.compile(rb"^apiVersion:[ \t]*[\"']?([A-Za-z0-9./-]+)[\"']?[ \t]*\r?(?:#.*)?$", re.MULTILINE)
# Each line in one way only: were its end optional, many spaces would be tried in all their divisions
_NOTHING = re.compile(rb"(?:[ \t]*(?:[#%].*)?\r?\n)*[ \t]*(?:[#%].*)?\r?")


def _parse_yaml(text: bytes, label: str, first: int, kinds: frozenset[str] | None) -> Iterator[Document]:
    said = _KIND.findall(text)
    if _NOTHING.fullmatch(text):
        return
    if kinds is not None and len(said) == 1 and not _needed(said[0], kinds):
        version = _API_VERSION.search(text)
        head = {"apiVersion": version[1].decode() if version else "", "kind": said[0].decode()}
        yield Document(f"{label}:{first}", head)
        return
    items = yaml_text.list_items(text) if said == [b"List"] else None
    if items:
        yield from _parse_items(items, text, label, first, kinds)
    else:
        yield from _objects(yaml_text.load(text, label, first), f"{label}:{first + _lead(text)}")


def _needed(kind: bytes, kinds: frozenset[str]) -> bool:
    return kind.decode() in kinds or kind.endswith(b"List")


def _parse_items(
    items: Iterator[tuple[int, bytes]], text: bytes, label: str, first: int, kinds: frozenset[str] | None
) -> Iterator[Document]:
    """Parse a List as kubectl prints it, one item at a time; one that is laid out otherwise, as a whole."""
    started = False
    try:
        for line, item in items:
            said = _KIND.findall(re.sub(rb"^[ -] ", b"", item, flags=re.MULTILINE))
            if kinds is None or len(said) != 1 or _needed(said[0], kinds):
                (content,) = yaml_text.load(item, label, first + line)
                yield from _objects(content, f"{label}:{first + line}")
            started = True
    except UsageError:
        if started:
            raise
        yield from _objects(yaml_text.load(text, label, first), f"{label}:{first}")


def _objects(content: Any, where: str) -> Iterator[Document]:
    if content is None:
        return
    if isinstance(content, dict) and str(content.get("kind", "")).endswith("List") and "items" in content:
        if not isinstance(content["items"], (list, type(None))):
            raise UnreadableInput(f"{where}: not a Kubernetes object: `items` is no list")
        list_kind = content["kind"].removesuffix("List")
        implied = {"apiVersion": content.get("apiVersion"), "kind": list_kind} if list_kind else {}
        for number, item in enumerate(content["items"] or (), start=1):
            whole = {**implied, **item} if isinstance(item, dict) else item
            yield from _objects(whole, f"{where} item {number}")
        return
    yield Document(where, content)


def _lead(text: bytes) -> int:
    """How many lines of *text* stand before the object itself."""
    lines = text.split(b"\n", 200)
    return next((n for n, line in enumerate(lines) if line.strip() and line[:1] not in b"#%-"), 0)


# --- objects ---


def _converted(document: Document, struct: type[Any]) -> Any:
    content = document.content
    try:
        if isinstance(content, msgspec.Raw):
            return msgspec.json.decode(content, type=struct)
        return _from_yaml(content, struct)
    except UNREADABLE as error:
        raise undecoded(f"{document.where}: {_named(content)}", error) from error


def _from_yaml(content: Any, struct: type[Any]) -> Any:
    try:
        return msgspec.convert(content, struct)
    except msgspec.ValidationError:
        return msgspec.convert(_plain(content), struct)


def _plain(content: Any) -> Any:
    """The content with text keys only, as Kubernetes' own reader makes them: YAML allows others."""
    if isinstance(content, Mapping):
        return {_key(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_plain(value) for value in content]
    return content


def _key(key: Any) -> str:
    return key if isinstance(key, str) else json.dumps(key) if isinstance(key, (int, float)) else str(key)


def _named(content: Any) -> str:
    if not isinstance(content, dict):
        return ""
    metadata = content.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    kind = content.get("kind")
    return f"{kind} `{name}`: " if isinstance(kind, str) and isinstance(name, str) else ""


def undecoded(what: str, error: Exception) -> UsageError:
    """Return the error for an object that cannot be decoded: a server would refuse what does not fit."""
    misfit = isinstance(error, msgspec.ValidationError)
    code = ErrorCode.REFUSED_OBJECT if misfit else ErrorCode.UNREADABLE_INPUT
    return UsageError(f"{what}{told(error)}", code=code)


def told(error: Exception) -> str:
    """Return what is wrong with an object that cannot be decoded, without Python's own words for it."""
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text"
    if isinstance(error, RecursionError):
        return "nested too deep"
    text = str(error)
    return text[:1].lower() + text[1:]
