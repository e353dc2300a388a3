"""Counted words for sentences."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return *number* with its noun: `1 rule`, `3 rules`; *plural* is for nouns that do not add an `s`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
