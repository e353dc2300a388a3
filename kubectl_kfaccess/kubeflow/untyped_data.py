"""
Read values from untyped data, which can have any shape.

The specs of policies and Deployments are read this way. A value of an unexpected type counts as missing, and
never raises an exception.
"""

from __future__ import annotations

from typing import Any

_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")


def value_at(data: Any, key: str) -> Any:
    """Return the value at *key*, or None if *data* is not a mapping or lacks the key."""
    return data.get(key) if isinstance(data, dict) else None


def list_at(data: Any, key: str) -> list[Any]:
    """Return the list at *key*, or an empty list if there is none."""
    value = value_at(data, key)
    return value if isinstance(value, list) else []


def texts_at(data: Any, key: str) -> list[str]:
    """Return the strings in the list at *key*, without values of other types."""
    return [text for text in list_at(data, key) if isinstance(text, str)]


def go_bool(text: str | None) -> bool | None:
    """Return the boolean that Go's strconv.ParseBool reads from *text*, or None if it would fail."""
    return True if text in _TRUE else False if text in _FALSE else None
