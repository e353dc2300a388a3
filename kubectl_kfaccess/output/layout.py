"""The layout of blocks and tables: which columns are shown, the order of rows, blank lines between blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.blocks import Column, Row, Table, Text


def apart(blocks: Iterable[Iterator[str]]) -> Iterator[str]:
    """Yield the text of *blocks*, with an empty line between blocks that are not empty."""
    begun = False
    for block in blocks:
        for number, text in enumerate(block):
            yield "\n" + text if begun and not number else text
            begun = True


def lines_text(lines: Sequence[str], end: str = "\n") -> Iterator[str]:
    """Yield *lines* as one text, joined by *end*, with a newline at the end; nothing without lines."""
    yield from (f"{end.join(lines)}\n",) if lines else ()


def text_of(cell: Text) -> str:
    """Return the text of a cell."""
    return cell if isinstance(cell, str) else cell.text


def shown_columns(
    columns: Sequence[Column], rows: Sequence[Row], *, wide: bool, all_columns: bool = False
) -> list[int]:
    """Return the positions (from 0) of the columns to show; *all_columns* keeps optional empty ones."""
    return [
        at
        for at, column in enumerate(columns)
        if not (column.narrow if wide else column.wide)
        and (all_columns or not column.optional or any(text_of(row[at]) for row in rows))
    ]


def chosen_cells(rows: Sequence[Row], positions: Sequence[int], columns: Sequence[Column]) -> Sequence[Row]:
    """Return the cells of *rows* at *positions*."""
    if len(positions) == len(columns):
        return rows
    if len(positions) == 1:
        return [(row[positions[0]],) for row in rows]
    return list(map(itemgetter(*positions), rows))


def sorted_rows(table: Table, rows: Sequence[Row], sort_by: str) -> Sequence[Row]:
    """Return *rows* sorted by the column whose header is *sort_by*, in any case; unsorted if it is ""."""
    if not sort_by:
        return rows
    at = [column.header.lower() for column in table.columns].index(sort_by.lower())
    return sorted(rows, key=lambda row: text_of(row[at]))
