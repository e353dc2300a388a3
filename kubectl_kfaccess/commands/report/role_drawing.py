"""An aggregated role as a drawing: what it selects at the left, what selects it at the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from kubectl_kfaccess.commands.report.drawings import GAP, LINE, MARGIN, PADDING, box_width, curve
from kubectl_kfaccess.commands.report.views import Arrow, Box, Drawing
from kubectl_kfaccess.rbac.aggregation import Aggregation
from kubectl_kfaccess.terminal.safe_text import part

MOST = 8
"""The largest number of roles that a column names; the others are counted."""
HIGH = LINE + PADDING
ROW = HIGH + 8


def role_drawing(aggregation: Aggregation, name: str, looks: Mapping[str, str]) -> Drawing:
    """Return the drawing of a role. *looks* says how roles look: `changed`, `shipped`."""
    selected = aggregation.selected.get(name, ())
    selecting = sorted(aggregation.selecting.get(name, ()))
    # those with roles of their own, and those that are not as shipped, tell most
    telling = sorted(
        selected, key=lambda each: (looks.get(each) != "changed", each not in aggregation.selected)
    )
    columns = [column for column in (_named(telling), [name], _named(selecting)) if column]
    height = max(map(len, columns)) * ROW - 8
    boxes: list[list[Box]] = []
    left = MARGIN
    for column in columns:
        wide = max(box_width((_label(each),)) for each in column)
        boxes.append(_column(column, left, wide, height, name, looks))
        left += wide + GAP
    arrows = [curve(start, end) for first, second in pairwise(boxes) for start in first for end in second]
    return Drawing(
        left - GAP + MARGIN,
        height + 2 * MARGIN,
        _text(name, selected, selecting),
        tuple(box for column in boxes for box in column),
        tuple(Arrow(each.path) for each in arrows),
    )


def _column(
    names: Sequence[str], left: int, wide: int, height: int, middle: str, looks: Mapping[str, str]
) -> list[Box]:
    """Return the boxes of a column, in the middle of the drawing's height."""
    top = MARGIN + (height - (len(names) * ROW - 8)) // 2
    return [
        Box(left, top + at * ROW, wide, HIGH, (_label(each),), _look(each, middle, looks))
        for at, each in enumerate(names)
    ]


def _look(name: str, middle: str, looks: Mapping[str, str]) -> str:
    if name.startswith("\0"):
        return "more"
    return "start" if name == middle else looks.get(name, "")


def _named(names: Sequence[str]) -> list[str]:
    """Return the names that a column shows, and last how many more there are."""
    if len(names) <= MOST:
        return [*names]
    return [*names[: MOST - 1], f"\0{len(names) - MOST + 1} more"]


def _label(name: str) -> str:
    return name[1:] if name.startswith("\0") else part(name)


def _text(name: str, selected: Sequence[str], selecting: Sequence[str]) -> str:
    has = f" has the rules of {', '.join(map(part, selected))}" if selected else " selects no role"
    into = f", and goes into {', '.join(map(part, selecting))}" if selecting else ""
    return f"{part(name)}{has}{into}"
