"""The layout of blocks and tables: which columns are shown, the order of rows, blank lines between blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from kubectl_kfaccess.output.blocks import Headline, Notes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.blocks import Block, Column, Row, Table, Text
    from kubectl_kfaccess.output.report import Report


def apart(blocks: Iterable[Iterator[str]]) -> Iterator[str]:
    """Yield the text of *blocks*, with an empty line between blocks that are not empty."""
    begun = False
    for block in blocks:
        for number, text in enumerate(block):
            yield "\n" + text if begun and not number else text
            begun = True


def shown_blocks(report: Report, columns: int) -> Sequence[Block]:
    """Return the blocks to show on a terminal of that width; 0: piped, so that a table is header and rows."""
    if not _is_table_alone(report, columns):
        return report.blocks
    return [block for block in report.blocks if not isinstance(block, (Headline, Notes))]


def piped_notes(report: Report, columns: int) -> Iterator[str]:
    """Yield the lines that `shown_blocks` leaves out and that stderr has instead."""
    for block in report.blocks if _is_table_alone(report, columns) else ():
        if isinstance(block, Headline) and block.piped:
            yield block.whole
        elif isinstance(block, Notes):
            yield from (f"note: {_lower(text)}" for text in block.lines)


def _lower(text: str) -> str:
    """Return a sentence as messages begin: in lower case, unless its first word is all capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _is_table_alone(report: Report, columns: int) -> bool:
    return not columns and any(block is report.table for block in report.blocks)


def lines_text(lines: Sequence[str], end: str = "\n") -> Iterator[str]:
    """Yield *lines* as one text, joined by *end*, with a newline at the end; nothing without lines."""
    yield from (f"{end.join(lines)}\n",) if lines else ()


def text_of(cell: Text) -> str:
    """Return the text of a cell."""
    return cell if isinstance(cell, str) else cell.text


def shown_columns(
    columns: Sequence[Column], rows: Sequence[Row], *, wide: bool, all_columns: bool = False
) -> list[int]:
    """
    Return the positions (from 0) of the columns to show; *all_columns* keeps optional empty ones.

    The column of marks is not among them: only a terminal shows it, in front of the rows.
    """
    return [
        at
        for at, column in enumerate(columns)
        if not (column.gutter or (column.narrow if wide else column.wide))
        and (all_columns or not column.optional or any(text_of(row[at]) for row in rows))
    ]


def short_rows(rows: Sequence[Row]) -> Sequence[Row]:
    """Return *rows* with the short texts of cells that have one."""
    return [list(map(_short, row)) for row in rows] if any(map(_has_short, rows)) else rows


def _has_short(row: Row) -> bool:
    return any(not isinstance(cell, str) and cell.short for cell in row)


def _short(cell: Text) -> Text:
    return cell if isinstance(cell, str) or not cell.short else cell._replace(text=cell.short)


def chosen_cells(rows: Sequence[Row], positions: Sequence[int], columns: Sequence[Column]) -> Sequence[Row]:
    """Return the cells of *rows* at *positions*."""
    if len(positions) == len(columns):
        return rows
    if len(positions) == 1:
        return [(row[positions[0]],) for row in rows]
    return list(map(itemgetter(*positions), rows))


def marks_of(columns: Sequence[Column], rows: Sequence[Row]) -> Sequence[str]:
    """Return the mark of each row; () if no row has any."""
    at = next((at for at, column in enumerate(columns) if column.gutter), None)
    marks = [text_of(row[at]) for row in rows] if at is not None else []
    return marks if any(marks) else ()


def shared_texts(columns: Sequence[Column], positions: Sequence[int], rows: Sequence[Row]) -> dict[int, str]:
    """Return the texts that take the place of columns at *positions* whose cells are all the same."""
    texts: dict[int, str] = {}
    for at in positions if len(rows) > 1 else ():
        first = text_of(rows[0][at]) if columns[at].shared else ""
        if first and all(text_of(row[at]) == first for row in rows):
            texts[at] = columns[at].shared.replace("{}", first)
    return texts if len(texts) < len(positions) else {}  # a row needs a cell


def sorted_rows(table: Table, rows: Sequence[Row], sort_by: str) -> Sequence[Row]:
    """Return *rows* sorted by the column whose header is *sort_by*, in any case; unsorted if it is ""."""
    if not sort_by:
        return rows
    at = [column.header.lower() for column in table.columns].index(sort_by.lower())
    return sorted(rows, key=lambda row: text_of(row[at]))
