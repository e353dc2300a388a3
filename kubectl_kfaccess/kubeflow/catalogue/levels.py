"""How much a subject may do with a resource, in one word."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kfaccess.kubeflow.catalogue.resources import READ, WRITE
from kubectl_kfaccess.rbac.access_grid import Cell

NOTHING, READS, WRITES, EVERYTHING, PART, NAMED, UNKNOWN = "-", "read", "write", "all", "part", "n", "?"


def level(cell: Cell) -> str:
    """
    Return the word for one resource.

    `read`: get, list and watch as far as the resource has them, nothing else. `write`: those, and create,
    update, patch and delete as far as it has them. `all`: every verb that the catalogue names. `n`: objects
    of certain names only. A `?` after the word says that there may be more: grants that could not be read.
    """
    if not cell.allowed:
        return UNKNOWN if cell.unknown else NAMED if cell.names else NOTHING
    return _of_verbs(cell) + (UNKNOWN if cell.unknown else "")


def area_level(cells: Sequence[Cell]) -> str:
    """Return the word that its resources have in common, else `part`; nothing at all is `-`."""
    words = {level(cell) for cell in cells}
    if len(words) == 1:
        return words.pop()
    if not words:
        return ""
    doubtful = any(word.endswith(UNKNOWN) for word in words)
    if words <= {UNKNOWN, NOTHING}:
        return UNKNOWN
    return PART + (UNKNOWN if doubtful else "")


def _of_verbs(cell: Cell) -> str:
    allowed, every = set(cell.allowed), set(cell.resource.verbs)
    readable, writable = every & set(READ), every & {*READ, *WRITE}
    if allowed == readable:
        return READS
    if allowed == every:
        return EVERYTHING
    return WRITES if writable and allowed >= writable and writable != readable else PART
