"""Known words that look most like a mistyped one."""

from __future__ import annotations

from collections.abc import Set


def nearest(word: str, known: Set[str]) -> str:
    """Return the known word that looks most like *word*, "" when none comes near; case slips come first."""
    from difflib import get_close_matches  # for slips alone, and everything that parses words imports this

    folded = {k.lower(): k for k in sorted(known)}
    close = get_close_matches(word.lower(), list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else ""
