"""
Which words are safe to offer: a shell can run the content of a candidate.

With kubectl before 1.34, bash expands `$(…)` in a plugin's candidates, at the first or second TAB; fish
evaluates earlier words with every version of kubectl. Tenants choose the names of users, groups and accounts.
So we offer only words that are plain text for every shell; all others can still be typed, in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+=,-]{0,299}")
_WORD = re.compile(r"[A-Za-z0-9/-][A-Za-z0-9._:@/+=,-]{0,399}")


def names(unchecked: Iterable[object]) -> list[str]:
    """Return the names that are safe to offer; a cache file can contain any values."""
    return [name for name in unchecked if isinstance(name, str) and _NAME.fullmatch(name)]


def is_word(text: str) -> bool:
    """Return whether a whole candidate is safe to offer; it can also be a flag or a URL."""
    return bool(_WORD.fullmatch(text))


def description(text: str) -> str:
    """Return a description in one line of plain characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
