"""
Aligned tables in kubectl's manner: upper-case headers, left-aligned columns three spaces apart, no lines.

tabulate draws them. It takes a third of a second for 20,000 rows, and it counts characters where a terminal
counts columns (a Chinese character takes two, a combining accent none). So our own writer draws long tables
and tables that are not ASCII; it gives the same bytes where tabulate is right.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

from kubectl_kfaccess.output import blocks
from kubectl_kfaccess.output.blocks import Cell
from kubectl_kfaccess.output.layout import text_of
from kubectl_kfaccess.terminal.wrapping import width

GAP = "   "
LONG = 1000
Row = Sequence[str]


def table(headers: Row, rows: Sequence[blocks.Row]) -> str:
    """Return the table as lines that end in a newline; without *headers* it has no header line."""
    texts = _texts(rows)
    lines = tabulate_lines if len(texts) <= LONG and _is_ascii((headers, *texts)) else plain_lines
    return "".join(f"{line.rstrip()}\n" for line in lines(headers, texts))


def _texts(rows: Sequence[blocks.Row]) -> Sequence[Row]:
    """Return the rows with plain texts for cells; in most tables all cells are plain already."""
    if not any(isinstance(cell, Cell) for row in rows for cell in row):
        return rows  # type: ignore[return-value] # the line above has checked it
    return [[text_of(cell) for cell in row] for row in rows]


def plain_lines(headers: Row, rows: Sequence[Row]) -> Iterable[str]:
    """Return the lines of a table, padded by our own writer."""
    whole = [headers, *rows] if headers else rows
    ascii_only = _is_ascii(whole)
    widths = [max(map(len if ascii_only else width, column)) for column in zip(*whole, strict=True)]
    if ascii_only:
        form = GAP.join(f"{{:{size}}}" for size in widths).format
        return [form(*row) for row in whole]
    return [GAP.join(_padded(cell, size) for cell, size in zip(row, widths, strict=True)) for row in whole]


def tabulate_lines(headers: Row, rows: Sequence[Row]) -> Iterable[str]:
    """Return the lines of a table of ASCII texts, padded by tabulate."""
    with _without_wcwidth():
        import tabulate  # slow to import, and not needed for long tables
    row = tabulate.DataRow("", GAP, "")
    form = tabulate.TableFormat(None, None, None, None, row, row, padding=0, with_header_hide=None)
    spare, tabulate.MIN_PADDING = tabulate.MIN_PADDING, 0  # otherwise headers get two columns of padding
    try:
        text = tabulate.tabulate(rows, headers, form, disable_numparse=True)
    finally:
        tabulate.MIN_PADDING = spare
    return text.split("\n") if text else []


@contextmanager
def _without_wcwidth() -> Iterator[None]:
    """Keep tabulate from importing wcwidth: that takes longer than the table, in which all is ASCII."""
    modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment] # None hides a module
    hidden = modules.setdefault("wcwidth", None) is None
    try:
        yield
    finally:
        if hidden:
            del modules["wcwidth"]


def _is_ascii(rows: Iterable[Row]) -> bool:
    return "".join(map("".join, rows)).isascii()


def _padded(cell: str, size: int) -> str:
    return cell + " " * (size - width(cell))
