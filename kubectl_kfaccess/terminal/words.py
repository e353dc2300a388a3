"""Counted words: how many there are of something, in a sentence."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return the number with its noun: `1 rule`, `3 rules`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
