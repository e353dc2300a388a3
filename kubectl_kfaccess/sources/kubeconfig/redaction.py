"""Values with secrets, in texts that people see."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def without_secrets(value: Any, *secrets: str) -> str:
    """Return the repr of a named tuple, for tracebacks and logs, without the fields named *secrets*."""
    shown = (f"{name}={field!r}" for name, field in value._asdict().items() if name not in secrets)
    return f"{type(value).__name__}({', '.join(shown)})"


def without_password(url: str) -> str:
    """
    Return a URL, or HOST:PORT, with `xxxxx` for what is before the last `@`: a user and a password.

    A mistyped password can hold any character, so no other character ends it.
    """
    return re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*://)?.*@", r"\1xxxxx@", url, flags=re.DOTALL)
