"""Draws the lines of a table whose layout is known: colours, marks, cells that wrap or are shortened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.output.blocks import Cell, Column, Row, Text
from kubectl_kfaccess.output.colors import BOLD, OF_MARKS, OF_TONES, painted
from kubectl_kfaccess.output.fitting import Fit, numbered
from kubectl_kfaccess.output.layout import text_of
from kubectl_kfaccess.output.style import Style
from kubectl_kfaccess.terminal.wrapping import shortened, width, wrapped


class Drawing:
    """The lines of a table; *columns* are those of the rows, *left* is the number of blanks before a row."""

    def __init__(self, layout: Fit, columns: Sequence[Column], style: Style, left: int) -> None:
        self._layout = layout
        self._prose = [columns[at].prose for at in layout.positions]
        self._style = style
        self._left = left
        self._dots = "…" if style.unicode else "..."

    def lines(self, rows: Sequence[Row], marks: Sequence[str]) -> Iterator[str]:
        """Yield the lines of the table; *marks* are those of the rows, () if there are none."""
        layout = self._layout
        if layout.headers:
            yield self._joined(" " * self._left, [self._shown(*each) for each in self._headers()])
        for at, row in enumerate(rows):
            cells = [row[position] for position in layout.positions]
            if layout.numbers:
                cells[0] = self._with_number(cells[0], layout.numbers[at])
            start = self._start(marks[at]) if marks else " " * self._left
            yield from self._row_lines(start, cells)

    def _headers(self) -> Iterator[tuple[str, int]]:
        return zip(self._layout.headers, self._layout.widths, strict=True)

    def _start(self, mark: str) -> str:
        if not mark:
            return " " * self._left
        shown = painted(mark, OF_MARKS.get(mark, BOLD)) if self._style.color else mark
        return f"{' ' * (self._left - 2)}{shown} "

    def _with_number(self, cell: Text, number: str) -> Text:
        room = max(1, self._layout.widths[0] - len(number))
        text = shortened(numbered(text_of(cell), ""), room, self._dots) + number
        return cell._replace(text=text) if isinstance(cell, Cell) else text

    def _row_lines(self, start: str, cells: Sequence[Text]) -> Iterator[str]:
        """Yield the lines of a row: one, or more if a cell of prose does not fit."""
        shown, more = [], []
        column = self._left
        for cell, size, prose in zip(cells, self._layout.widths, self._prose, strict=True):
            if prose and width(text_of(cell)) > size:
                pieces = wrapped(text_of(cell), size)
                first = pieces.pop(0) if width(pieces[0]) <= size else ""
                shown.append(self._shown(first, size, cell))
                more += [(column, piece, cell) for piece in pieces]
            else:
                shown.append(self._shown(text_of(cell), size, cell))
            column += size + self._layout.gap
        yield self._joined(start, shown)
        yield from (self._further(*piece) for piece in more)

    def _further(self, column: int, piece: str, cell: Text) -> str:
        """Return a line with more prose of a cell; a word that is too wide there begins further left."""
        text = shortened(piece, self._style.columns, self._dots) if self._style.columns else piece
        indent = min(column, max(0, self._style.columns - width(text)))
        return " " * indent + self._painted(text, cell)

    def _shown(self, text: str, size: int, cell: Text = "") -> str:
        """Return *text*, which is that of *cell* or a part of it, in *size* columns."""
        taken = width(text)
        if taken > size:
            text = shortened(text, size, self._dots)
            taken = width(text)
        return self._painted(text, cell) + " " * (size - taken)

    def _painted(self, text: str, cell: Text) -> str:
        if self._style.color and isinstance(cell, Cell) and cell.tone:
            return painted(text, OF_TONES[cell.tone])
        return text

    def _joined(self, start: str, cells: Sequence[str]) -> str:
        return f"{start}{(' ' * self._layout.gap).join(cells)}".rstrip(" ")
