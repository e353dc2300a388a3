"""
Suggestions for mistyped words: which known word is meant, if any.

A suggestion that is wrong misleads, so a word has to be close: the first letter is the same, and one letter
differs, or two in words of more than six letters. Two neighbouring letters that changed places count as one:
the fingers slipped once, and `gte` is too short for two. Upper and lower case are the same letter.
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import lru_cache

_SHORT_WORD = 6
_SHORT_NAME = 5
_SHORT_PART = 3
_SEPARATORS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")


def nearest(word: str, known: Set[str], *, people: bool = False) -> str:
    """
    Return the word of *known* that is certainly meant by *word*; "" if none is close, or if it is known.

    Of several that are equally close, one of the same length wins, then the first in the order of the
    alphabet. *people*: the words are names of people. One letter makes another person, so only case,
    separators, or one letter in a long name of the same domain can differ.
    """
    return _nearest(word, frozenset(known), people) if word else ""


@lru_cache(maxsize=1000)  # a file can have the same unknown kind in thousands of objects
def _nearest(word: str, known: frozenset[str], people: bool) -> str:
    if word in known:
        return ""
    distance = _distance_of_people if people else _distance_of_words
    distances = ((distance(word, other), other) for other in known)
    close = [(far, abs(len(word) - len(other)), other) for far, other in distances if far is not None]
    return min(close, default=(0, 0, ""))[2]


def _distance_of_words(word: str, other: str) -> int | None:
    """Return how many letters differ, None if too many: a flag's hyphens are no letters."""
    a, b = (text.strip("-").lower() for text in (word, other))
    if not a or a[:1] != b[:1] or _are_different_names(a, b):
        return None
    return _distance(a, b, 1 if min(len(a), len(b)) <= _SHORT_WORD else 2)


def _are_different_names(a: str, b: str) -> bool:
    """Whether a number differs, or a part that is too short to be a typo, as in `team-a` and `team-b`."""
    if _DIGITS.findall(a) != _DIGITS.findall(b):
        return True
    parts, others = _SEPARATORS.split(a), _SEPARATORS.split(b)
    pairs = zip(parts, others, strict=True) if 1 < len(parts) == len(others) else ()
    return any(x != y and max(len(x), len(y)) < _SHORT_PART for x, y in pairs)


def _distance_of_people(name: str, other: str) -> int | None:
    """Return 0 if only case or separators differ, 1 for a letter before the same domain; else None."""
    (a, _, domain), (b, _, other_domain) = (text.lower().partition("@") for text in (name, other))
    if domain != other_domain:
        return None
    if _SEPARATORS.sub("", a) == _SEPARATORS.sub("", b):
        return 0
    if min(len(a), len(b)) < _SHORT_NAME or a[0] != b[0] or _are_different_names(a, b):
        return None
    return _distance(a, b, 1)


def _distance(a: str, b: str, most: int) -> int | None:
    """Return how many letters to add, drop, replace or swap with a neighbour; None above *most*."""
    if abs(len(a) - len(b)) > most:
        return None
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 < j and a[i - 2 : i] == f"{other}{b[j - 2]}":
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(*row, *before) > most:  # with thousands of names, most differ in their first letters
            return None
    return row[-1] if row[-1] <= most else None
