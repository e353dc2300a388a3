"""
Which words may be offered: a shell may run what is in a candidate.

With kubectl before 1.34 bash expands `$(…)` in what a plugin offers, at the first TAB or the second; fish
evaluates earlier words with every kubectl. Tenants choose the names of users, groups and accounts. So only
plain words are offered, in which no shell sees more than text; the others can still be typed, and quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+=,-]{0,299}")
_WORD = re.compile(r"[A-Za-z0-9/-][A-Za-z0-9._:@/+=,-]{0,399}")


def names(found: Iterable[object]) -> list[str]:
    """Return those of the cluster's names that may be offered."""
    return [one for one in found if isinstance(one, str) and _NAME.fullmatch(one)]


def is_word(text: str) -> bool:
    """Return whether a whole candidate may be offered: flags and URLs may, too."""
    return bool(_WORD.fullmatch(text))


def description(text: str) -> str:
    """Return a description in one line of plain characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
