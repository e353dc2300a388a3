"""The cells of a grid in words and marks, as both tables of `access` show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubectl_kfaccess.commands.access.answer import Place
from kubectl_kfaccess.rbac.access_grid import Cell, GridResource, verdict
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.terminal.safe_text import UNKNOWN, part, shown

EVERYWHERE = "<all>"
CLUSTER_SCOPED = "<cluster>"
PLAIN_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete")
MARKS = {Verdict.ALLOWED: "yes", Verdict.DENIED: "-", Verdict.UNKNOWN: UNKNOWN}
NAMED = "n"
VERIFIED = {True: "yes", False: "no", None: UNKNOWN}
"""The cells of a VERIFIED column: the server agrees, disagrees, or was not asked or silent."""


def is_empty(cells: Iterable[Cell]) -> bool:
    """Whether nothing is granted, for all that is known."""
    return not any(cell.allowed or cell.unknown or cell.names for cell in cells)


def place_text(place: Place) -> str:
    """Return the name of the namespace, or the placeholder of the whole cluster."""
    if place.namespace:
        return shown(place.namespace)
    return EVERYWHERE if place.cells[0].resource.namespaced else CLUSTER_SCOPED


def plain_verbs(resources: Iterable[GridResource]) -> tuple[str, ...]:
    """Return the verbs that have a column of their own, as far as they are asked about."""
    asked = {verb for resource in resources for verb in resource.verbs}
    return tuple(verb for verb in PLAIN_VERBS if verb in asked)


def mark(cell: Cell, verb: str) -> str:
    """Return `yes`, `-` or `?`; `n` for certain names only; nothing where the verb is not asked about."""
    if verb not in cell.resource.verbs:
        return ""
    return NAMED if _is_named(cell, verb) else MARKS[verdict(cell, verb)]


def special_verbs(cell: Cell) -> str:
    """Return the verbs that have no column of their own: those that are granted, or not known."""
    special = [verb for verb in cell.resource.verbs if verb not in PLAIN_VERBS]
    endings = {"yes": "", UNKNOWN: UNKNOWN, NAMED: f"({NAMED})"}
    marked = ((verb, mark(cell, verb)) for verb in special)
    texts = [part(verb, " ,") + endings[word] for verb, word in marked if word in endings]
    return ",".join(texts) if texts else "-" if special else ""


def names_text(cell: Cell) -> str:
    """Return the object names that a verb is granted for, by verb."""
    return "; ".join(
        f"{part(verb, ' :;')}: {', '.join(part(name, ' ,;') for name in names)}" for verb, names in cell.names
    )


def short_name(resource: GridResource, others: Sequence[GridResource]) -> str:
    """Return the name, with its group where another of *others* has the same."""
    same = sum(other.name == resource.name for other in others)
    return resource.name if same == 1 else resource.full_name


def is_on_two_planes(resource: GridResource, others: Sequence[GridResource]) -> bool:
    """Whether both planes are asked about the resource."""
    return sum(other.full_name == resource.full_name for other in others) > 1


def _is_named(cell: Cell, verb: str) -> bool:
    return verb not in cell.allowed and any(verb == name for name, _ in cell.names)
