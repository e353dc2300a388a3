"""How alike two names are: by case, by an identity provider's prefix, or by letters."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

CASE, PREFIX, LETTERS, NO_SLIP = range(4)
"""The kinds of typos, the closest first."""

CLOSE_LABELS = 0.8
"""The ratio from which two label keys are alike."""

_CLOSE, _CLOSE_LENGTHS = 0.85, 2


def slip(wanted: str, actual: str) -> int:
    """Return the kind of typo that makes one name of the other, NO_SLIP if none does."""
    a, b = wanted.strip().casefold(), actual.strip().casefold()
    if not a or not b or a == b:
        return CASE if a and b else NO_SLIP
    # an identity provider's prefix ends in `:` or `#`; names of Kubernetes' own are different names
    if any(name.endswith((f":{o}", f"#{o}")) and name[:7] != "system:" for name, o in ((a, b), (b, a))):
        return PREFIX
    (local, at, domain), (other, too, elsewhere) = a.rpartition("@"), b.rpartition("@")
    if (at or too) and local != other:
        # a common domain makes two addresses more alike than the names in them
        return LETTERS if domain == elsewhere and local and is_close(local, other) else NO_SLIP
    return LETTERS if is_close(a, b) else NO_SLIP


def is_close(a: str, b: str) -> bool:
    """Whether two words differ by a letter or two, but not by a number or by a part of one or two letters."""
    if abs(len(a) - len(b)) > _CLOSE_LENGTHS or re.findall(r"\d+", a) != re.findall(r"\d+", b):
        return False
    words, others = re.split(r"[\W_]+", a), re.split(r"[\W_]+", b)
    pairs = zip(words, others, strict=False) if len(words) == len(others) else ()
    return ratio(a, b) >= _CLOSE and not any(x != y and min(len(x), len(y)) < 3 for x, y in pairs)


def ratio(a: str, b: str) -> float:
    """Return how alike two texts are, from 0 to 1. Texts that are clearly different get 0 quickly."""
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= CLOSE_LABELS else 0.0
