"""One document of a file: its place, its type, and its content as a struct."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from kubectl_kfaccess.errors import ErrorCode, UsageError

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
T = TypeVar("T")


@dataclass(frozen=True)
class Document:
    """
    One Kubernetes object as a file has it; *where* is `FILE:LINE`, or `FILE item N` in JSON.

    *known_head* is its head, if that was decoded before.
    """

    where: str
    content: dict[str, Any] | msgspec.Raw
    known_head: Head | None = None

    def head(self) -> Head:
        """Return the type and the name of the object; raises RefusedObject if the type is not text."""
        return self.known_head or self._decoded_head

    @cached_property
    def _decoded_head(self) -> Head:
        try:
            head: Head = _converted(self, Head)
        except RefusedObject:
            head = _converted(self, _Type).head(self.partial_metadata().name)
        return head

    def partial_metadata(self) -> PartialMetadata:
        """Return what names the object, as far as it has the right type."""
        named: _AnyMetadata = _converted(self, _AnyMetadata)
        return named.part

    def lacks_texts(self, *texts: bytes) -> bool:
        """Return whether an object in JSON certainly has none of *texts*, which is found quickly."""
        content = self.content
        if not isinstance(content, msgspec.Raw):
            return False
        raw = bytes(content)
        for text in texts:
            if text in raw:
                return False
        return b"\\u" not in raw

    def patch_directive(self) -> str:
        """Return what the object does if it is a kustomize patch (`delete`), "" if it is none."""
        if self.lacks_texts(b"$patch"):
            return ""
        directive = _converted(self, _Patched).directive
        return "" if directive is None else str(directive)

    def access_content(self) -> Mapping[str, Any]:
        """Return the object if it has a field of roles or bindings, else an empty mapping."""
        if not isinstance(self.content, msgspec.Raw):
            return self.content if isinstance(self.content, Mapping) else {}
        text = bytes(self.content)
        if b'"roleRef"' not in text and b'"rules"' not in text:
            return {}
        content: Mapping[str, Any] = _converted(self, dict)
        return content

    def plain(self) -> dict[str, Any]:
        """Return the object as plain data whose keys are text; raises RefusedObject."""
        content: dict[str, Any] = _plain(_converted(self, dict))
        return content

    def to(self, struct: type[T]) -> T:
        """Return the object as *struct*; raises RefusedObject, which names the field, if it does not fit."""
        value: T = _converted(self, struct)
        return value


class _Name(msgspec.Struct):
    name: str = ""


class Head(msgspec.Struct, rename="camel"):
    """The type and the name of an object, as its own fields give them."""

    api_version: str = ""
    kind: str = ""
    metadata: _Name | None = None

    @property
    def type(self) -> tuple[str, str]:
        """Return (group, kind)."""
        group, slash, _ = self.api_version.partition("/")
        return (group if slash else "", self.kind)

    @property
    def name(self) -> str:
        """Return the object's name, "" if it has none."""
        return self.metadata.name if self.metadata else ""


class _Type(msgspec.Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""

    def head(self, name: str) -> Head:
        return Head(self.api_version, self.kind, _Name(name))


@dataclass(frozen=True)
class PartialMetadata:
    """
    What is known of the name of an object with a field of a wrong type.

    The name is "" if it is not known; namespace and labels are None then.
    """

    name: str
    namespace: str | None
    labels: dict[str, str] | None


class _Patched(msgspec.Struct):
    directive: Any = msgspec.field(default=None, name="$patch")


class _AnyMetadata(msgspec.Struct):
    metadata: Any = None

    @property
    def part(self) -> PartialMetadata:
        """Return the parts of the metadata that have the right type."""
        if self.metadata is None:
            return PartialMetadata("", "", {})
        if not isinstance(self.metadata, dict):
            return PartialMetadata("", None, None)
        name, namespace = self.metadata.get("name"), self.metadata.get("namespace") or ""
        return PartialMetadata(
            name if isinstance(name, str) else "",
            namespace if isinstance(namespace, str) else None,
            _labels(self.metadata.get("labels")),
        )


def _labels(value: Any) -> dict[str, str] | None:
    """Return labels, None if they do not have the right type."""
    try:
        return msgspec.convert(value or {}, dict[str, str])
    except msgspec.ValidationError:
        return None


class RefusedObject(UsageError):
    """A server refuses an object, because a field has a wrong type; *reason* says which (status 2)."""

    code = ErrorCode.REFUSED_OBJECT

    def __init__(self, prefix: str, reason: str) -> None:
        super().__init__(f"{prefix}{reason}")
        self.reason = reason


def _converted(document: Document, struct: type[Any]) -> Any:
    """Return a document's content as *struct*; raises RefusedObject if it does not fit."""
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
    """Return the content with all keys as text, as Kubernetes' own reader has them: YAML allows others."""
    if isinstance(content, Mapping):
        return {_key(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_plain(value) for value in content]
    return content


def _key(key: Any) -> str:
    if isinstance(key, float) and key.is_integer():
        return str(int(key))
    return key if isinstance(key, str) else json.dumps(key) if isinstance(key, (int, float)) else str(key)


def _named(content: Any) -> str:
    """Return the kind and the name of an object for a message, "" if they are missing."""
    if not isinstance(content, dict):
        return ""
    metadata = content.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    kind = content.get("kind")
    return f"{kind} `{name}`: " if isinstance(kind, str) and isinstance(name, str) else ""


def undecoded(prefix: str, error: Exception) -> UsageError:
    """Return the error for an object that cannot be decoded; a server would reject a wrong type too."""
    if isinstance(error, msgspec.ValidationError):
        return RefusedObject(prefix, decoding_problem(error))
    return UsageError(f"{prefix}{decoding_problem(error)}", code=ErrorCode.UNREADABLE_INPUT)


def decoding_problem(error: Exception) -> str:
    """Return in plain words why an object cannot be decoded."""
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    text = str(error)
    return text[:1].lower() + text[1:]
