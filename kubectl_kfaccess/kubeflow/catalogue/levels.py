"""
How much a subject can do with the resources of an area, in one word, and which resources deviate from it.

A resource has `all` if every verb in the catalogue is allowed; `write` if at least half of those of create,
update, patch and delete are that it has; `read` if any of get, list and watch is; else nothing. An area has
the highest of these that more than half of its resources reach. If more than half have nothing, it has the
lowest that the others have, so that the words of an owner and of a viewer differ. Behind the word, `-` says
that some resources lack verbs that it stands for; if none does, `+` says that some reach a higher word.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.resources import READ, WRITE
from kubectl_kfaccess.rbac.access_grid import Cell, GridResource

NOTHING, READS, WRITES, EVERYTHING, NAMED, UNKNOWN = "-", "read", "write", "all", "n", "?"
WORDS = (NOTHING, READS, WRITES, EVERYTHING)
"""The words of areas, from the least powerful to the most powerful."""


class Deviation(enum.Enum):
    """How some resources of an area differ from its word."""

    NONE = ""
    LESS = "-"
    MORE = "+"


class ResourceVerbs(Struct, frozen=True):
    """A resource, and verbs of it."""

    resource: GridResource
    verbs: tuple[str, ...]


class AreaLevel(Struct, frozen=True):
    """
    The level of an area: a *word*, and the resources that deviate from it.

    *word* is one of WORDS, or if nothing is allowed, `n` where objects of certain names are, and `?` where
    that is not known. *lacking* are verbs that the word stands for and that are denied, *exceeding* are those
    that are allowed beyond it. *is_open*: unread grants can add to it.
    """

    word: str
    lacking: tuple[ResourceVerbs, ...] = ()
    exceeding: tuple[ResourceVerbs, ...] = ()
    is_open: bool = False

    @property
    def deviation(self) -> Deviation:
        if self.lacking:
            return Deviation.LESS
        return Deviation.MORE if self.exceeding else Deviation.NONE

    def __str__(self) -> str:
        """Return the text for a cell of a table: `all`, `read-`, `write+?`."""
        doubt = UNKNOWN if self.is_open and self.word != UNKNOWN else ""
        return f"{self.word}{self.deviation.value}{doubt}"


def area_level(cells: Sequence[Cell]) -> AreaLevel | None:
    """Return the level of the area or resource that *cells* are of; None if there are none."""
    if not cells:
        return None
    is_open = any(cell.unknown for cell in cells)
    if not any(cell.allowed for cell in cells):
        return AreaLevel(_of_nothing(cells), is_open=is_open)
    rank = _rank(cells)
    word = WORDS[rank]
    lacking = tuple(_verbs(cell, set(cell.denied) & _stands_for(word, cell)) for cell in cells)
    exceeding = tuple(_verbs(cell, _beyond(rank, cell)) for cell in cells)
    return AreaLevel(word, _with_verbs(lacking), _with_verbs(exceeding), is_open)


def _of_nothing(cells: Iterable[Cell]) -> str:
    """Return the word where no verb is allowed for all objects."""
    words = {UNKNOWN if cell.unknown else NAMED if cell.names else NOTHING for cell in cells}
    return next(word for word in (UNKNOWN, NAMED, NOTHING) if word in words)


def _rank(cells: Iterable[Cell]) -> int:
    """Return the index of the highest word that more than half of the resources reach."""
    # A resource that can only be read says nothing about the higher words
    changeable = [cell for cell in cells if set(cell.resource.verbs) - set(READ)]
    ranks = sorted((_rank_of(cell) for cell in changeable or cells), reverse=True)
    return ranks[len(ranks) // 2] or min(filter(None, ranks), default=0)


def _rank_of(cell: Cell) -> int:
    """Return the index of the word for one resource."""
    allowed, every = set(cell.allowed), set(cell.resource.verbs)
    writing = every & set(WRITE)
    if allowed == every and every - set(READ):
        return WORDS.index(EVERYTHING)
    if writing and 2 * len(allowed & writing) >= len(writing):
        return WORDS.index(WRITES)
    return WORDS.index(READS if allowed & set(READ) else NOTHING)


def _stands_for(word: str, cell: Cell) -> set[str]:
    """Return the verbs of the resource that *word* stands for."""
    every = set(cell.resource.verbs)
    by_word = {NOTHING: set(), READS: every & set(READ), WRITES: every & {*READ, *WRITE}, EVERYTHING: every}
    return by_word[word]


def _beyond(rank: int, cell: Cell) -> set[str]:
    """Return the verbs that the resource has beyond the word, if it reaches a higher one."""
    if _rank_of(cell) > rank or (rank == 0 and cell.allowed):
        return set(cell.allowed) - _stands_for(WORDS[rank], cell)
    return set()


def _verbs(cell: Cell, verbs: set[str]) -> ResourceVerbs:
    return ResourceVerbs(cell.resource, tuple(verb for verb in cell.resource.verbs if verb in verbs))


def _with_verbs(entries: Iterable[ResourceVerbs]) -> tuple[ResourceVerbs, ...]:
    return tuple(entry for entry in entries if entry.verbs)
