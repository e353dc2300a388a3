"""Lists of names for a cell or a sentence, which name only a few."""

from __future__ import annotations

import re
from collections.abc import Iterable

FEW = 3
_MORE = re.compile(r" and( [\d,]+ more)\Z")


def few(names: Iterable[str]) -> str:
    """Return at most FEW names, as `listed` makes them, for a cell, or two and the number of the others."""
    # A name that ends like our own words would hide that nobody was left out
    distinct = [_MORE.sub(r"\\x20and\1", name) if " and " in name else name for name in dict.fromkeys(names)]
    if len(distinct) <= FEW:
        return ", ".join(distinct)
    return f"{', '.join(distinct[: FEW - 1])} and {len(distinct) - FEW + 1:,} more"
