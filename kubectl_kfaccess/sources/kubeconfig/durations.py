"""Durations as Go writes them, for `--request-timeout`."""

from __future__ import annotations

import re

from kubectl_kfaccess.errors import UsageError

_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)"
_LONGEST = (2**63 - 1) * 1e-9  # a time.Duration counts nanoseconds in an int64


def parse(text: str) -> float:
    """Return the seconds of a `--request-timeout` (`5`, `1m30s`); 0 is no limit. Raises UsageError."""
    if re.fullmatch(r"\+?[0-9]+", text):
        seconds = float(text)
    elif re.fullmatch(rf"\+?(?:{_PART})+", text, re.ASCII):
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in re.findall(_PART, text, re.ASCII))
    else:
        raise _unreadable(text)
    if seconds > _LONGEST:
        raise _unreadable(text)
    return seconds


def _unreadable(text: str) -> UsageError:
    return UsageError(
        f"not a duration: `{text}`", hint="write whole seconds, or a number with a unit: 10, 500ms, 1m30s"
    )
