"""Patterns for names: `*` stands for any text, `[*]` for an asterisk, and nothing else is special."""

from __future__ import annotations

import re
from functools import lru_cache

ANY = "*"
_TOKENS = re.compile(r"\[\*\]|\*+|[^*\[]+|\[")


def fits_text(pattern: str, text: str) -> bool:
    """Whether *pattern* fits *text* as a whole; the time grows with their lengths alone."""
    if pattern == ANY:
        return True
    first, *others = _pieces(pattern)
    if not others:
        return first == text
    *middle, last = others
    end = len(text) - len(last)
    if not text.startswith(first) or not text.endswith(last) or end < len(first):
        return False
    at = len(first)
    for piece in middle:
        start = text.find(piece, at, end)
        if start < 0:
            return False
        at = start + len(piece)
    return True


@lru_cache(maxsize=4096)
def _pieces(pattern: str) -> tuple[str, ...]:
    """Return the texts between the stars."""
    pieces = [""]
    for piece in _TOKENS.findall(pattern):
        if piece.startswith("*"):
            pieces.append("")
        else:
            pieces[-1] += "*" if piece == "[*]" else piece
    return tuple(pieces)


def exactly(text: str) -> str:
    """Return the pattern that fits *text* alone."""
    return text.replace("*", "[*]")
