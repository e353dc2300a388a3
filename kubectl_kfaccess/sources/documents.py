"""
Kubernetes objects in files, as a stream: YAML of several documents, JSON, Lists, directories, standard input.

A document is parsed when its kind is needed, a List item by item, so that memory follows the one object at
hand and not the size of the files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UsageError

SUFFIXES = (".yaml", ".yml", ".json")
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
    if not place.is_dir():
        yield path, False
        return
    inside = sorted(f for f in (place.rglob("*") if recursive else place.iterdir()) if f.suffix in SUFFIXES)
    if not inside:
        raise UsageError(
            f"no YAML or JSON file in the directory `{path}`", hint="add `-R` to look into its subdirectories"
        )
    yield from ((str(Path(path) / file.relative_to(place)), True) for file in inside if file.is_file())


def _checked(found: Iterable[Document], notes: list[str] | None) -> Iterator[Document]:
    for document in found:
        if isinstance(document.content, (dict, msgspec.Raw)) and _is_object(document):
            yield document
        elif notes is None:
            raise UsageError(f"{document.where}: not a Kubernetes object: it has no `apiVersion` and `kind`")
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
        raise UsageError(f"cannot read `{called}`: {(error.strerror or str(error)).lower()}") from error


def _parse(stream: BinaryIO, label: str, kinds: frozenset[str] | None) -> Iterator[Document]:
    start = bytearray()
    for line in stream:
        start += line
        if line.strip():
            break
    begin = bytes(start).removeprefix(_BOM)
    if begin.lstrip()[:1] in (b"{", b"["):
        yield from _parse_json(begin + stream.read(), label)
    else:
        for first, text in _split(start, stream):
            yield from _parse_yaml(text, label, first, kinds)


_BOM = b"\xef\xbb\xbf"


# --- JSON ---


class _Parts(msgspec.Struct, rename="camel"):
    api_version: Any = ""
    kind: Any = ""
    items: list[msgspec.Raw] | None = None


def _parse_json(text: bytes, label: str) -> Iterator[Document]:
    try:
        whole = msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError:
        yield from _json_stream(text, label)
    else:
        yield from _json_items(whole, label)


def _json_items(raw: msgspec.Raw, where: str) -> Iterator[Document]:
    try:
        parts = msgspec.json.decode(raw, type=list[msgspec.Raw] | _Parts)
    except msgspec.DecodeError as error:
        raise UsageError(f"{where}: not a Kubernetes object: {error}") from error
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
    except msgspec.DecodeError as error:
        raise UsageError(f"{where}: not a Kubernetes object: {error}") from error
    content.setdefault("apiVersion", parts.api_version)
    content.setdefault("kind", str(parts.kind).removesuffix("List"))
    return content


def _json_stream(text: bytes, label: str) -> Iterator[Document]:
    """Several JSON values in a row, which kubectl reads too; else the place of the mistake is said."""
    decoder = json.JSONDecoder()
    try:
        content = text.decode()
        position = _past_space(content, 0)
        while position < len(content):
            value, end = decoder.raw_decode(content, position)
            where = f"{label}:{content.count(chr(10), 0, position) + 1}"
            yield from _json_items(msgspec.Raw(msgspec.json.encode(value)), where)
            position = _past_space(content, end)
    except json.JSONDecodeError as error:
        raise UsageError(f"{label}:{error.lineno}: malformed JSON: {error.msg.lower()}") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{label}: malformed JSON: {error}") from error


def _past_space(text: str, position: int) -> int:
    found = re.compile(r"\s*").match(text, position)
    return found.end() if found else position


# --- YAML ---

_KIND = re.compile(rb"^kind:[ \t]*[\"']?([A-Za-z0-9]+)[\"']?[ \t]*\r?(?:#.*)?$", re.MULTILINE)
_API_VERSION = re.compile(rb"^apiVersion:[ \t]*[\"']?([A-Za-z0-9./-]+)[\"']?[ \t]*\r?(?:#.*)?$", re.MULTILINE)
_SEPARATOR = re.compile(rb"---(\s|$)")
_ITEMS = re.compile(rb"^items:[ \t]*\r?\n(?=- )", re.MULTILINE)
_ITEM = re.compile(rb"^-[ \t]", re.MULTILINE)
_NEXT_KEY = re.compile(rb"^[^-\s#]", re.MULTILINE)
_NOTHING = re.compile(rb"(?:[ \t]*(?:[#%].*)?\r?\n?)*")


def _split(start: bytearray, lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield each document's first line number and text: `---` at the start of a line always separates."""
    collected = start
    first = 1
    number = start.count(b"\n")
    for line in lines:
        number += 1
        if _SEPARATOR.match(line):
            yield first, bytes(collected)
            collected, first = bytearray(), number
        collected += line
    yield first, bytes(collected)


def _parse_yaml(text: bytes, label: str, first: int, kinds: frozenset[str] | None) -> Iterator[Document]:
    said = _KIND.findall(text)
    if _NOTHING.fullmatch(text):
        return
    if kinds is not None and len(said) == 1 and not _needed(said[0], kinds):
        version = _API_VERSION.search(text)
        head = {"apiVersion": version[1].decode() if version else "", "kind": said[0].decode()}
        yield Document(f"{label}:{first}", head)
        return
    items = _ITEMS.search(text) if said == [b"List"] else None
    if items:
        yield from _parse_items(text, items.end(), label, first, kinds)
    else:
        yield from _objects(_load(text, label, first), f"{label}:{first + _lead(text)}")


def _needed(kind: bytes, kinds: frozenset[str]) -> bool:
    return kind.decode() in kinds or kind.endswith(b"List")


def _parse_items(
    text: bytes, begin: int, label: str, first: int, kinds: frozenset[str] | None
) -> Iterator[Document]:
    """Parse a List as kubectl prints it, one item at a time; one that is laid out otherwise, as a whole."""
    started = False
    try:
        for line, item in _items(text, begin):
            said = _KIND.findall(re.sub(rb"^[ -] ", b"", item, flags=re.MULTILINE))
            if kinds is None or len(said) != 1 or _needed(said[0], kinds):
                (content,) = _load(item, label, first + line)
                yield from _objects(content, f"{label}:{first + line}")
            started = True
    except UsageError:
        if started:
            raise
        yield from _objects(_load(text, label, first), f"{label}:{first}")


def _items(text: bytes, begin: int) -> Iterator[tuple[int, bytes]]:
    """Yield the List's items, each with the number of lines before it; they begin with `- `, at *begin*."""
    end = _NEXT_KEY.search(text, begin)
    stop = end.start() if end else len(text)
    starts = [found.start() for found in _ITEM.finditer(text, begin, stop)]
    line, last = text.count(b"\n", 0, begin), begin
    for at, upto in zip(starts, [*starts[1:], stop], strict=True):
        line += text.count(b"\n", last, at)
        last = at
        yield line, text[at:upto]


def _objects(content: Any, where: str) -> Iterator[Document]:
    if content is None:
        return
    if isinstance(content, dict) and str(content.get("kind", "")).endswith("List") and "items" in content:
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


def _load(text: bytes, label: str, first: int) -> Any:
    import yaml

    try:
        return yaml.load(text.decode("utf-8-sig"), Loader=_loader())  # noqa: S506 (a safe loader, without dates)
    except UnicodeDecodeError as error:
        line = first + error.object[: error.start].count(b"\n")
        raise UsageError(f"{label}:{line}: malformed YAML: not UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        line = first + (error.problem_mark.line if error.problem_mark else 0)
        raise UsageError(f"{label}:{line}: malformed YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"{label}:{first}: malformed YAML: {str(error).splitlines()[0]}") from error


def _loader() -> Any:
    """libyaml's safe loader where there is one; a date stays the text it is, as in Kubernetes' own reader."""
    import yaml

    if _LOADERS:
        return _LOADERS[0]

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in Loader.yaml_implicit_resolvers.items()
    }
    _LOADERS.append(Loader)
    return Loader


_LOADERS: list[Any] = []


# --- objects ---


def _converted(document: Document, struct: type[Any]) -> Any:
    content = document.content
    try:
        if isinstance(content, msgspec.Raw):
            return msgspec.json.decode(content, type=struct)
        return msgspec.convert(_plain(content), struct)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise UsageError(f"{document.where}: {_named(content)}{_lower(str(error))}") from error


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


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
