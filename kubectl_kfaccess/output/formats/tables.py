"""Formats `table` and `wide`: aligned columns and plain lines for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.output import blocks as kinds
from kubectl_kfaccess.output.drawing import Drawing
from kubectl_kfaccess.output.fitting import Fit, fit, natural_fit
from kubectl_kfaccess.output.layout import (
    apart,
    chosen_cells,
    lines_text,
    marks_of,
    shared_texts,
    short_rows,
    shown_blocks,
    shown_columns,
    sorted_rows,
)
from kubectl_kfaccess.output.prose import notes_lines, prose_lines
from kubectl_kfaccess.output.style import Format, Style
from kubectl_kfaccess.output.table import table
from kubectl_kfaccess.terminal.wrapping import beside, hanging, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.blocks import Block, Findings, Labelled, Notes, Row, Table
    from kubectl_kfaccess.output.envelope import Response

GUTTER = 2


def render_table(response: Response, style: Style) -> Iterator[str]:
    """Yield every block except graphs; a terminal alone shows lines around the main table."""
    return _render(response, style, wide=False)


def render_wide(response: Response, style: Style) -> Iterator[str]:
    """Yield the same with the wide columns of the main table; tables are as wide as they need to be."""
    return _render(response, style, wide=True)


def _render(response: Response, style: Style, *, wide: bool) -> Iterator[str]:
    main = response.report.table
    blocks = shown_blocks(response.report, style.columns)
    followed = zip(blocks, (None, *blocks[:-1]), (*blocks[1:], None), strict=True) if blocks else ()
    return apart(
        _with_notes(block, after, main, style, wide=wide)
        for block, before, after in followed
        if not (isinstance(block, kinds.Notes) and isinstance(before, kinds.Table))
    )


def _with_notes(
    block: Block, after: Block | None, main: Table | None, style: Style, *, wide: bool
) -> Iterator[str]:
    """Yield the text of *block*; notes after a table are among the lines that it has below it."""
    if isinstance(block, kinds.Table) and isinstance(after, kinds.Notes):
        return _table_block(block, main, style, wide=wide, notes=after)
    return block_text(block, main, style, wide=wide)


def block_text(block: Block, main: Table | None, style: Style, *, wide: bool = False) -> Iterator[str]:
    """Yield the text of one block; only the *main* table is sorted and can show wide columns."""
    if isinstance(block, kinds.Table):
        yield from _table_block(block, main, style, wide=wide)
    elif isinstance(block, kinds.Findings):
        yield from findings_text(block, style, wide=wide)
    elif isinstance(block, kinds.Labelled):
        yield from lines_text([*_labelled_lines(block, style, wide=wide)])
    elif isinstance(block, kinds.Code):
        yield from block.pieces
    else:
        yield from lines_text([*prose_lines(block, style)])


def _labelled_lines(block: Labelled, style: Style, *, wide: bool) -> Iterator[str]:
    """Yield the label with the lines of the blocks beside it, which have less room."""
    inner = style._replace(columns=style.columns and max(1, style.columns - block.column))
    texts = (text for part in block.blocks for text in block_text(part, None, inner, wide=wide))
    return beside(block.label, "".join(texts).split("\n")[:-1], block.column, style.columns)


def _table_block(
    block: Table, main: Table | None, style: Style, *, wide: bool, notes: Notes | None = None
) -> Iterator[str]:
    """Yield the sections of a table, with their titles if there are several, and what is below them."""
    is_main = block is main
    style = style if is_main else style._replace(sort_by="")
    sections = block.sections()
    shown = [section for section in sections if section.rows]
    has_marks = bool(style.columns) and any(marks_of(block.columns, section.rows) for section in shown)
    left = max(block.indent, GUTTER if has_marks else 0)
    for number, section in enumerate(shown, 1):
        if len(sections) > 1:
            yield ("\n" if number > 1 else "") + _joined(hanging(section.title, style.columns))
        positions = shown_columns(block.columns, section.rows, wide=wide and is_main)
        text, below = _section_text(block, section.rows, positions, style, full=wide, left=left)
        yield text
        below += notes_lines(notes, style) if notes and number == len(shown) else ()
        yield from (f"\n{_joined(below)}",) if below else ()
    if notes and not shown:
        yield _joined(notes_lines(notes, style))


def _section_text(
    block: Table, rows: Sequence[Row], positions: Sequence[int], style: Style, *, full: bool, left: int
) -> tuple[str, list[str]]:
    """
    Return the lines of the columns at *positions* in one section of a table, and the lines below it.

    They start after *left* blanks. With *full* they can be longer than the terminal.
    """
    rows = sorted_rows(block, rows, style.sort_by)
    fits = bool(style.columns) and not full
    rows = short_rows(rows) if fits else rows
    shared = shared_texts(block.columns, positions, rows) if fits else {}
    positions = [at for at in positions if at not in shared]
    columns = [block.columns[at] for at in positions]
    cells = chosen_cells(rows, positions, block.columns)
    headers = style.headers and block.headers
    if not style.columns and not style.color and not left:
        return table([column.header for column in columns] if headers else (), cells), []
    layout = (
        fit(columns, cells, style.columns - left, headers=headers)
        if fits
        else natural_fit(columns, cells, headers=headers)
    )
    marks = marks_of(block.columns, rows) if style.columns else ()
    text = _joined(Drawing(layout, columns, style, left).lines(cells, marks))
    return text, [*_footnote_lines(layout, style), *_shared_lines(shared.values(), style)]


def _footnote_lines(layout: Fit, style: Style) -> Iterator[str]:
    for number, text in enumerate(layout.footnotes, 1):
        label = f"[{number}]"
        column = len(label) + 1
        room = style.columns and style.columns - column
        yield from beside(label, wrapped(text, room), column, style.columns)


def _shared_lines(texts: Iterable[str], style: Style) -> Iterator[str]:
    return (line for text in texts for line in hanging(text, style.columns))


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def findings_text(block: Findings, style: Style, *, wide: bool = False) -> Iterator[str]:
    """Yield the findings: a table with headers, or on a terminal, unless it is *wide*, a list with marks."""
    if not block.findings:
        return
    # imports msgspec: would slow `version` down
    from kubectl_kfaccess.output.findings import HEADERS, finding_row, findings_lines

    if style.columns and not wide:
        yield _joined(findings_lines(block, style))
    else:
        rows = [finding_row(finding) for finding in block.findings]
        yield table(HEADERS if style.headers else (), rows)


FORMATS = (
    Format("table", "columns", "txt", render_table),
    Format("wide", "more columns", "txt", render_wide),
)
