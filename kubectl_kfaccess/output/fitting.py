"""
Which columns of a table a terminal shows, and how wide they are.

The widths of all cells are measured once; after that, only numbers decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.output.blocks import Column, Row
from kubectl_kfaccess.output.layout import text_of
from kubectl_kfaccess.terminal.safe_text import NOTHING
from kubectl_kfaccess.terminal.wrapping import width

WAYS = ((3, False), (2, False), (2, True))
"""What makes a table narrower before columns go: the blanks between columns, whether headers are short."""
LEAST_PROSE = 32
"""Columns go before a column of prose becomes narrower than this."""
# A name that ends like this would look as if it had a footnote
_LIKE_A_NUMBER = re.compile(r"\[(?=\d+\]$)")


class Fit(NamedTuple):
    """
    A table's layout: the positions of its columns, their headers and widths, and the blanks between them.

    *numbers* are what stands behind the first cell of each row, () if no row has any. *footnotes* are the
    texts for these numbers, from 1.
    """

    positions: Sequence[int]
    headers: Sequence[str]
    widths: Sequence[int]
    gap: int
    numbers: Sequence[str] = ()
    footnotes: Sequence[str] = ()


def natural_fit(columns: Sequence[Column], rows: Sequence[Row], *, headers: bool) -> Fit:
    """Return the layout with every column as wide as it needs."""
    measured = _Measured(columns, rows, headers=headers)
    return next(measured.layouts(range(len(columns))))


def fit(columns: Sequence[Column], rows: Sequence[Row], room: int, *, headers: bool) -> Fit:
    """
    Return the layout of the table in *room* columns of the terminal.

    Blanks between columns go first, then long headers, then columns by rank. If the others do not fit either,
    the widest are made narrower.
    """
    measured = _Measured(columns, rows, headers=headers)
    kept = list(range(len(columns)))
    while True:
        for layout in measured.layouts(kept):
            least = _least(layout, columns)
            if _needed(layout, least) <= room:
                return _filled(layout, least, room)
        least_needed = max(kept, key=lambda at: (columns[at].rank, at))
        if not columns[least_needed].rank or len(kept) == 1:
            return _narrowed(layout, least, room)
        kept.remove(least_needed)


class _Measured:
    """A table whose cells have been measured."""

    def __init__(self, columns: Sequence[Column], rows: Sequence[Row], *, headers: bool) -> None:
        self._columns = columns
        self._rows = rows
        self._headers = headers
        cells = zip(*rows, strict=True) if rows else ((),) * len(columns)
        self._widths = [max((width(text_of(cell)) for cell in column), default=0) for column in cells]

    def layouts(self, kept: Sequence[int]) -> Iterator[Fit]:
        """Yield the layouts of the columns that are *kept*, from the widest to the narrowest."""
        numbers, footnotes = self._footnotes(kept)
        cells = self._cell_widths(kept, numbers)
        for gap, short in WAYS:
            headers = [self._header(at, short=short) for at in kept] if self._headers else []
            widths = list(map(max, map(width, headers), cells)) if headers else cells
            yield Fit(tuple(kept), headers, widths, gap, numbers, footnotes)

    def _header(self, at: int, *, short: bool) -> str:
        column = self._columns[at]
        return (short and column.short) or column.header

    def _cell_widths(self, kept: Sequence[int], numbers: Sequence[str]) -> list[int]:
        """Return the width of the widest cell of each column."""
        widths = [self._widths[at] for at in kept]
        if numbers:
            first = (text_of(row[kept[0]]) for row in self._rows)
            widths[0] = max(width(text) for text in map(numbered, first, numbers))
        return widths

    def _footnotes(self, kept: Sequence[int]) -> tuple[Sequence[str], Sequence[str]]:
        """Return what stands behind the first cell of each row, and the texts of columns that have gone."""
        away = [at for at, column in enumerate(self._columns) if column.footnote and at not in kept]
        known: dict[str, int] = {}
        numbers = []
        for row in self._rows if away else ():
            texts = (text for at in away if (text := text_of(row[at])) not in ("", NOTHING))
            numbers.append("".join(f" [{known.setdefault(text, len(known) + 1)}]" for text in texts))
        return (numbers, tuple(known)) if known else ((), ())


def numbered(cell: str, number: str) -> str:
    """Return the first cell of a row with its footnote's *number*; a name that ends in one is escaped."""
    return _LIKE_A_NUMBER.sub(r"\\x5b", cell) + number


def _needed(layout: Fit, least: Sequence[int]) -> int:
    """Return how many columns of the terminal the layout needs with columns of *least* widths."""
    return sum(least) + layout.gap * (len(layout.positions) - 1)


def _least(layout: Fit, columns: Sequence[Column]) -> list[int]:
    """Return the widths of the columns, with prose as narrow as it can be."""
    sizes = zip(layout.positions, layout.widths, strict=True)
    return [min(size, LEAST_PROSE) if columns[at].prose else size for at, size in sizes]


def _filled(layout: Fit, least: Sequence[int], room: int) -> Fit:
    """Return the layout with columns of *least* widths, or wider where there is room."""
    spare = room - _needed(layout, least)
    widths = []
    for size, narrow in zip(layout.widths, least, strict=True):
        taken = max(0, min(size - narrow, spare))
        spare -= taken
        widths.append(narrow + taken)
    return layout._replace(widths=widths)


def _narrowed(layout: Fit, least: Sequence[int], room: int) -> Fit:
    """Return the layout with a limit for the widths of all columns, so that the widest become narrower."""
    spare = room - layout.gap * (len(least) - 1)
    limit = 1
    for count, size in enumerate(sorted(least)):
        limit = max(1, spare // (len(least) - count))
        if size > limit:
            break
        spare -= size
    widths = [min(size, limit) for size in least]
    return _filled(layout, widths, room)
