"""The repr of values with secrets."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def without_secrets(value: Any, *secrets: str) -> str:
    """Return the repr of a named tuple, for tracebacks and logs, without the fields named *secrets*."""
    shown = (f"{name}={field!r}" for name, field in value._asdict().items() if name not in secrets)
    return f"{type(value).__name__}({', '.join(shown)})"
