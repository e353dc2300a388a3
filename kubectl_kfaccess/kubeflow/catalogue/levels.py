"""How much a subject can do with a resource, in one word."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kfaccess.kubeflow.catalogue.resources import READ, WRITE
from kubectl_kfaccess.rbac.access_grid import Cell

NOTHING, READS, WRITES, EVERYTHING, PART, NAMED, UNKNOWN = "-", "read", "write", "all", "part", "n", "?"


def level(cell: Cell) -> str:
    """
    Return the word for one resource.

    `read`: those of get, list and watch that the resource has, and nothing else. `write`: also those of
    create, update, patch and delete that it has. `all`: every verb in the catalogue. `part`: anything else.
    `n`: only objects with certain names. `-`: nothing. A `?` after the word means that unread grants may add
    to it.
    """
    if not cell.allowed:
        return UNKNOWN if cell.unknown else NAMED if cell.names else NOTHING
    return _of_verbs(cell) + (UNKNOWN if cell.unknown else "")


def area_level(cells: Sequence[Cell]) -> str:
    """Return the word that all resources of an area share, else `part`; "" if *cells* is empty."""
    words = {level(cell) for cell in cells}
    if len(words) == 1:
        return words.pop()
    if not words:
        return ""
    is_doubtful = any(word.endswith(UNKNOWN) for word in words)
    if words <= {UNKNOWN, NOTHING}:
        return UNKNOWN
    return PART + (UNKNOWN if is_doubtful else "")


def _of_verbs(cell: Cell) -> str:
    allowed, every = set(cell.allowed), set(cell.resource.verbs)
    readable, writable = every & set(READ), every & {*READ, *WRITE}
    if allowed == readable:
        return READS
    if allowed == every:
        return EVERYTHING
    return WRITES if writable and allowed >= writable and writable != readable else PART
