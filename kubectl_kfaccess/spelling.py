"""Suggestions for mistyped words."""

from __future__ import annotations

from collections.abc import Set


def nearest(word: str, known: Set[str]) -> str:
    """Return the known word that is most like *word*, in any case; "" if none is similar."""
    from difflib import get_close_matches  # needed for mistyped words only; every start imports this module

    folded = {name.lower(): name for name in sorted(known)}
    close = get_close_matches(word.lower(), list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else ""
