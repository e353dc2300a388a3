"""Mistakes: a random change to a value or to a text."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from tests.robustness.names import NAMES

ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, 10**30, "", "*", "a", [], {}, [None], [[]], [{}], {"": ""}, {"a": None},
    {"a": {"b": ["c"]}}, ["*"], [1, "a", None], "null", "2026-01-02", "v1", "List", "\u0000", "\ue000",
)  # fmt: skip
ODD_BYTES = (
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\n", b"\r\n", b"\t", b"---\n", b"...\n", b": ",
    b"- ", b"{", b"}", b"[", b"]", b'"', b"'", b"&a ", b"*a", b"<<: ", b"!!binary ", b"!!int ",
    b"%YAML 1.2\n", b"# ", b"|\n", b"? ", b",", b"\\u", b"\\ud800", b"=", b"{{ .Values.a }}",
    b"\xe2\x80\xa8", b"\xc2\x85",
)  # fmt: skip


def spoilt_value(draw: Random, value: Any) -> Any:
    """Return a copy of *value* in which one place is replaced, removed, repeated or renamed."""
    spoilt = [copy.deepcopy(value)]
    holder, key = draw.choice(_places(spoilt))
    change = draw.choice((_replace, _replace, _remove, _repeat, _rename, _nest))
    change(draw, holder, key)
    return spoilt[0] if spoilt else None


def spoilt_text(draw: Random, text: bytes) -> bytes:
    """Return *text* with one to three changes of its bytes."""
    for _ in range(draw.randint(1, 3)):
        text = draw.choice(TEXT_CHANGES)(draw, text)
    return text


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every place in a value, as the list or mapping that has it, and its index or key there."""
    places: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        for key in list(holder if isinstance(holder, dict) else range(len(holder))):
            places.append((holder, key))
            if isinstance(holder[key], (dict, list)):
                waiting.append(holder[key])
    return places


def _replace(draw: Random, holder: Any, key: Any) -> None:
    value = draw.choice(ODD_VALUES) if draw.random() < 0.7 else draw.choice(NAMES)
    holder[key] = copy.deepcopy(value)


def _remove(_draw: Random, holder: Any, key: Any) -> None:
    del holder[key]


def _repeat(draw: Random, holder: Any, key: Any) -> None:
    if isinstance(holder, list):
        holder[key:key] = [copy.deepcopy(holder[key]) for _ in range(draw.randint(1, 3))]
    else:
        holder[f"{key}2"] = copy.deepcopy(holder[key])


def _rename(draw: Random, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[draw.choice((*NAMES, str(key).upper(), f"{key}s", ""))] = holder.pop(key)
    else:
        draw.shuffle(holder)


def _nest(draw: Random, holder: Any, key: Any) -> None:
    for _ in range(draw.choice((1, 2, 60))):
        holder[key] = [holder[key]] if draw.random() < 0.5 else {"a": holder[key]}


def _cut(draw: Random, text: bytes) -> bytes:
    return text[: draw.randint(0, len(text))]


def _insert(draw: Random, text: bytes) -> bytes:
    at = draw.randint(0, len(text))
    return text[:at] + draw.choice(ODD_BYTES) + text[at:]


def _drop(draw: Random, text: bytes) -> bytes:
    at = draw.randint(0, len(text))
    return text[:at] + text[at + draw.randint(1, 20) :]


def _repeat_lines(draw: Random, text: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    at = draw.randint(0, len(lines))
    return b"".join((*lines[:at], *lines[max(0, at - draw.randint(1, 9)) : at], *lines[at:]))


def _indent(draw: Random, text: bytes) -> bytes:
    lines = text.splitlines(keepends=True) or [b""]
    at = draw.randrange(len(lines))
    return b"".join((*lines[:at], draw.choice((b" ", b"\t", b"  - ")), *lines[at:]))


def _encode(draw: Random, text: bytes) -> bytes:
    return text.decode(errors="replace").encode(draw.choice(("utf-16", "utf-16-le", "utf-8-sig", "utf-32")))


TEXT_CHANGES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _cut, _insert, _insert, _insert, _drop, _drop, _repeat_lines, _indent, _encode,
)  # fmt: skip
