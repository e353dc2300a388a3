"""Names for new objects, which nothing else has."""

from __future__ import annotations

import re
from collections.abc import Collection

LONGEST_LABEL = 63


def free_name(text: str, taken: Collection[str]) -> str:
    """Return a free name made from *text*, because applying must not change an existing object."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "access"
    suffixes = ("", *(f"-{number}" for number in range(2, len(taken) + 3)))
    candidates = (f"{name[: LONGEST_LABEL - len(suffix)].strip('-')}{suffix}" for suffix in suffixes)
    return next(candidate for candidate in candidates if candidate not in taken)
