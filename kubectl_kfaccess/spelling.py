"""Suggestions for mistyped words."""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache


def nearest(word: str, known: Set[str]) -> str:
    """Return the known word that is most like *word*, in any case; "" if none is similar."""
    return _nearest(word, frozenset(known))


@lru_cache(maxsize=1000)  # a file can have the same unknown kind in thousands of objects
def _nearest(word: str, known: frozenset[str]) -> str:
    from difflib import get_close_matches  # needed for mistyped words only; every start imports this module

    folded = {name.lower(): name for name in sorted(known)}
    close = get_close_matches(word.lower(), list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else ""
