"""Counted words for sentences."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return *number* with its noun: `1 rule`, `3 rules`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
