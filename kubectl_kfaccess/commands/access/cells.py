"""The words and marks for cells of the grid, which both tables of `access` use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubectl_kfaccess.commands.access.access import Place
from kubectl_kfaccess.rbac.access_grid import Cell, GridResource, verdict
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.terminal.safe_text import UNKNOWN, listed, part, shown

EVERYWHERE = "<all>"
CLUSTER_SCOPED = "<cluster>"
PLAIN_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete")
GROUPS = {
    "READ": ("get", "list", "watch"),
    "WRITE": ("create", "update", "patch"),
    "DELETE": ("delete", "deletecollection"),
}
"""The columns for groups of verbs; any other verb is in MORE."""
MOST_VERBS = 3
MARKS = {Verdict.ALLOWED: "yes", Verdict.DENIED: "-", Verdict.UNKNOWN: UNKNOWN}
NAMED = "n"
UNSENT = " (not for Kubeflow's services)"
VERIFIED = {True: "yes", False: "no", None: UNKNOWN}
"""The words of the column VERIFIED: the server agrees, disagrees, or was not asked or gave no answer."""


def is_empty(cells: Iterable[Cell]) -> bool:
    """Whether nothing is granted and nothing is unknown."""
    return not any(cell.allowed or cell.unknown or cell.names for cell in cells)


def place_text(place: Place) -> str:
    """Return the name of the namespace; for the whole cluster `<all>`, or `<cluster>` if cluster-scoped."""
    if place.namespace:
        return shown(place.namespace)
    return EVERYWHERE if place.cells[0].resource.namespaced else CLUSTER_SCOPED


def plain_verbs(resources: Iterable[GridResource]) -> tuple[str, ...]:
    """Return those of PLAIN_VERBS that any of *resources* has: each gets a column."""
    verbs = {verb for resource in resources for verb in resource.verbs}
    return tuple(verb for verb in PLAIN_VERBS if verb in verbs)


def mark(cell: Cell, verb: str) -> str:
    """Return `yes`, `-` or `?`; `n` for "some object names only"; "" if the resource lacks the verb."""
    if verb not in cell.resource.verbs:
        return ""
    return NAMED if _is_named(cell, verb) else MARKS[verdict(cell, verb)]


def special_verbs(cell: Cell) -> str:
    """Return the verbs without a column that are granted (`(n)`: for some names only) or unknown (`?`)."""
    special = [verb for verb in cell.resource.verbs if verb not in PLAIN_VERBS]
    endings = {"yes": "", UNKNOWN: UNKNOWN, NAMED: f"({NAMED})"}
    marked = ((verb, mark(cell, verb)) for verb in special)
    texts = [part(verb, " ,") + endings[word] for verb, word in marked if word in endings]
    return ",".join(texts) if texts else "-" if special else ""


def group_text(cell: Cell, verbs: Sequence[str]) -> str:
    """Return `yes` or `-` if that holds for all of *verbs* that the resource has, else those granted."""
    own = [verb for verb in verbs if verb in cell.resource.verbs]
    marks = {mark(cell, verb) for verb in own}
    if len(marks) <= 1:
        return marks.pop() if marks else ""
    return _granted(cell, own)


def more_text(cell: Cell) -> str:
    """Return the verbs in none of GROUPS that are granted or unknown, the first few of many."""
    grouped = {verb for group in GROUPS.values() for verb in group}
    texts = _granted(cell, [verb for verb in cell.resource.verbs if verb not in grouped]).split(",")
    more = f" (+{len(texts) - MOST_VERBS})" if len(texts) > MOST_VERBS else ""
    return ",".join(texts[:MOST_VERBS]) + more


def _granted(cell: Cell, verbs: Sequence[str]) -> str:
    """Return those of *verbs* that are granted (`(n)`: for some names only) or unknown (`?`)."""
    endings = {"yes": "", UNKNOWN: UNKNOWN, NAMED: f"({NAMED})"}
    marked = ((verb, mark(cell, verb)) for verb in verbs)
    return ",".join(part(verb, " ,") + endings[word] for verb, word in marked if word in endings)


def names_text(cell: Cell) -> str:
    """Return each verb that is granted for some object names only, with the names, and where that counts."""
    return "; ".join(
        f"{part(verb, ' :;')}{UNSENT if (verb, names) in cell.unsent else ''}:"
        f" {', '.join(listed(name, ', ', '; ') for name in names)}"
        for verb, names in dict.fromkeys((*cell.names, *cell.unsent))
    )


def short_name(resource: GridResource, others: Sequence[GridResource]) -> str:
    """Return the resource's name, with its group if another of *others* has the same name."""
    same = sum(other.name == resource.name for other in others)
    return resource.name if same == 1 else resource.full_name


def is_on_two_planes(resource: GridResource, others: Sequence[GridResource]) -> bool:
    """Whether *others* has the resource once for each plane."""
    return sum(other.full_name == resource.full_name for other in others) > 1


def _is_named(cell: Cell, verb: str) -> bool:
    return verb not in cell.allowed and any(verb == name for name, _ in cell.names)
