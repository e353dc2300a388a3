"""
Plain data that anybody may have written: what stands at a key, and nothing where the shape is another one.

Specs of policies and Deployments are read so: what is odd in them counts as not there, and breaks nothing.
"""

from __future__ import annotations

from typing import Any

_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")


def value_at(data: Any, key: str) -> Any:
    """Return the value at *key*; None when *data* is no mapping, or has no such key."""
    return data.get(key) if isinstance(data, dict) else None


def list_at(data: Any, key: str) -> list[Any]:
    """Return the list at *key*, an empty one when there is none."""
    found = value_at(data, key)
    return found if isinstance(found, list) else []


def texts_at(data: Any, key: str) -> list[str]:
    """Return the texts in the list at *key*, without whatever else is in it."""
    return [text for text in list_at(data, key) if isinstance(text, str)]


def yes_or_no(text: str | None) -> bool | None:
    """Return what a Go program takes *text* for (strconv.ParseBool); None when it is neither."""
    return True if text in _TRUE else False if text in _FALSE else None
