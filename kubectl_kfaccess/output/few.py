"""Lists of names for a cell or a sentence, which name only a few."""

from __future__ import annotations

import re
from collections.abc import Iterable

FEW = 3
_MORE = re.compile(r" and( [\d,]+ more)\Z")


def few(names: Iterable[str]) -> str:
    """Return at most FEW names, as `listed` makes them, for a cell, or two and the number of the others."""
    distinct = _distinct(names)
    return ", ".join(distinct) if len(distinct) <= FEW else _first_two(distinct)


def few_in_sentence(names: Iterable[str]) -> str:
    """Return what `few` does, with `and` before the last name: `alice and bob`."""
    distinct = _distinct(names)
    *first, last = distinct or [""]
    return (
        _first_two(distinct) if len(distinct) > FEW else " and ".join(filter(None, (", ".join(first), last)))
    )


def _first_two(distinct: list[str]) -> str:
    return f"{', '.join(distinct[: FEW - 1])} and {len(distinct) - FEW + 1:,} more"


def _distinct(names: Iterable[str]) -> list[str]:
    """Return the names once; one that ends like our own words would hide that nobody was left out."""
    return [_MORE.sub(r"\\x20and\1", name) if " and " in name else name for name in dict.fromkeys(names)]
