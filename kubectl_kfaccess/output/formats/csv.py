"""Format `csv`: the main table with all its columns and without folding, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from kubectl_kfaccess.output.layout import chosen_cells, shown_columns, sorted_rows, text_of
from kubectl_kfaccess.output.style import Format, Style
from kubectl_kfaccess.terminal.safe_text import NOTHING, csv_cell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response


def render(response: Response, style: Style) -> Iterator[str]:
    """Yield the main table, with all sections under one header; nothing if the report has no table."""
    if response.report.csv_lines:
        yield from response.report.csv_lines(style.headers)
        return
    table = response.report.table
    if table is None:
        return
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for number, section in enumerate((table.unfolded or table.sections)()):
        positions = shown_columns(table.columns, section.rows, wide=True, all_columns=True)
        if style.headers and not number:
            writer.writerow([table.columns[at].header for at in positions])
        rows = chosen_cells(sorted_rows(table, section.rows, style.sort_by), positions, table.columns)
        writer.writerows([safe_cell(text_of(cell)) for cell in row] for row in rows)
    yield stream.getvalue()


def safe_cell(text: str) -> str:
    """Return *text* for a spreadsheet; our own mark `-` is kept, which is neither a formula nor a name."""
    return text if text == NOTHING else csv_cell(text)


FORMATS = (Format("csv", "for spreadsheets", "csv", render),)
