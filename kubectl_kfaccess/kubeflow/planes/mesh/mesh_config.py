"""
What the mesh's own configuration says: the key `mesh` of the ConfigMap `istio`, a text in YAML.

Only the top level is read, event by event, so that no text can make it large. Aliases are not followed: a
value that is written with one is not understood.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct

from kubectl_kfaccess.rbac.model import ConfigMap

_KEY = "mesh"
_NULLS = ("", "null", "~", "Null", "NULL")


class NotUnderstoodError(Exception):
    """The text is not YAML, or a value has a type that Istio does not accept."""


class MeshConfig(Struct, frozen=True):
    """The values that are written; "" and () where the mesh leaves a value to Istio's default."""

    root_namespace: str = ""
    trust_domain: str = ""
    trust_domain_aliases: tuple[str, ...] = ()


def mesh_config(config_map: ConfigMap) -> MeshConfig:
    """Return what the ConfigMap says; raises NotUnderstoodError."""
    values = dict(_top_level(config_map.data.get(_KEY, "")))
    aliases = values.get("trustDomainAliases", ())
    return MeshConfig(
        _text(values.get("rootNamespace", "")),
        _text(values.get("trustDomain", "")),
        aliases if isinstance(aliases, tuple) else (_text(aliases),) if aliases else (),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise NotUnderstoodError
    return value


def _top_level(text: str) -> Iterator[tuple[str, object]]:
    """Yield the keys of the top mapping, each with its text, its tuple of texts, or None for other values."""
    try:
        events = [event for event in yaml.parse(text, Loader=_LOADER) if not isinstance(event, _FRAME)]
    except yaml.YAMLError as error:
        raise NotUnderstoodError from error
    if not events or (len(events) == 1 and _scalar(events[0]) == ""):
        return
    if not isinstance(events[0], yaml.MappingStartEvent):
        raise NotUnderstoodError
    nodes = list(_nodes(events[1:-1]))
    yield from ((str(key), value) for key, value in zip(nodes[::2], nodes[1::2], strict=False))


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FRAME = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)
_OPENING = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSING = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def _nodes(events: list[Any]) -> Iterator[object]:
    """Yield the nodes of one level: a text, a tuple of texts for a list of texts, None for all others."""
    depth, start = 0, 0
    for at, event in enumerate(events):
        if isinstance(event, _OPENING):
            start = start if depth else at
            depth += 1
        elif isinstance(event, _CLOSING):
            depth -= 1
            if not depth:
                yield _collection(events[start : at + 1])
        elif not depth:
            yield _scalar(event)


def _collection(events: list[Any]) -> object:
    inside = events[1:-1]
    is_list = isinstance(events[0], yaml.SequenceStartEvent)
    is_plain = is_list and all(isinstance(event, yaml.ScalarEvent) for event in inside)
    return tuple(event.value for event in inside) if is_plain else None


def _scalar(event: Any) -> object:
    """Return the text of a scalar, "" for null, None for an alias."""
    if not isinstance(event, yaml.ScalarEvent):
        return None
    return "" if event.implicit[0] and event.value in _NULLS else event.value
