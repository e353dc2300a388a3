"""Formats `table` and `wide`: aligned columns and plain lines for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.output import blocks as kinds
from kubectl_kfaccess.output.findings import HEADERS, finding_row
from kubectl_kfaccess.output.layout import apart, chosen_cells, lines_text, shown_columns, sorted_rows
from kubectl_kfaccess.output.style import Format, Style
from kubectl_kfaccess.output.table import is_too_wide, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.blocks import Block, Findings, Points, Table, Tree
    from kubectl_kfaccess.output.envelope import Response


def render_table(response: Response, style: Style) -> Iterator[str]:
    """Yield every block except graphs."""
    return _render(response, style, wide=False)


def render_wide(response: Response, style: Style) -> Iterator[str]:
    """Yield the same, with the wide columns of the main table."""
    return _render(response, style, wide=True)


def _render(response: Response, style: Style, *, wide: bool) -> Iterator[str]:
    main = response.report.table
    return apart(block_text(block, main, style, wide=wide) for block in response.report.blocks)


def block_text(block: Block, main: Table | None, style: Style, *, wide: bool = False) -> Iterator[str]:
    """Yield the text of one block; only the *main* table is sorted and can show wide columns."""
    if isinstance(block, kinds.Sentence):
        yield f"{block.text}\n"
    elif isinstance(block, kinds.Paragraph):
        yield from lines_text(block.lines)
    elif isinstance(block, kinds.Table):
        is_main = block is main
        yield from table_text(block, style if is_main else style._replace(sort_by=""), wide=wide and is_main)
    elif isinstance(block, kinds.Findings):
        yield from findings_text(block, style)
    elif isinstance(block, kinds.Tree):
        yield from lines_text([*tree_lines(block)])
    elif isinstance(block, kinds.Points):
        yield from lines_text([*points_lines(block)])
    elif isinstance(block, kinds.Code):
        yield from block.pieces


def table_text(block: Table, style: Style, *, wide: bool = False) -> Iterator[str]:
    """Yield the sections of a table, with their titles if there are several."""
    sections = block.sections()
    for number, section in enumerate(section for section in sections if section.rows):
        if len(sections) > 1:
            yield ("\n" if number else "") + f"{section.title}\n"
        positions = shown_columns(block.columns, section.rows, wide=wide)
        rows = chosen_cells(sorted_rows(block, section.rows, style.sort_by), positions, block.columns)
        yield _drawn(block.columns, positions, rows, style)


def _drawn(
    every: Sequence[kinds.Column], positions: Sequence[int], rows: Sequence[kinds.Row], style: Style
) -> str:
    """Return the table; if it is too wide for the terminal, with short headers and narrow gaps."""
    columns = [every[at] for at in positions]
    headers = [column.header for column in columns] if style.headers else []
    # A table with a short header, shown or not, can be made narrower
    can_be_shorter = style.columns and any(column.short for column in every)
    if can_be_shorter and is_too_wide(headers, rows, style.columns):
        shorter = [column.short or column.header for column in columns] if style.headers else []
        return table(shorter, rows, color=style.color, close=True)
    return table(headers, rows, color=style.color)


def findings_text(block: Findings, style: Style) -> Iterator[str]:
    """Yield the findings as a table."""
    if block.findings:
        yield table(HEADERS if style.headers else (), [finding_row(finding) for finding in block.findings])


def tree_lines(block: Tree) -> Iterator[str]:
    """Yield the lines of a tree, one per step, and its remarks."""
    for depth, step in enumerate(block.steps):
        yield f"  {step}" if not depth else f"  {'   ' * (depth - 1)}└─ {step}"
    yield from (f"  {remark}" for remark in block.remarks)


def points_lines(block: Points) -> Iterator[str]:
    """Yield the lines of a list: its title, its points with their details, its remarks."""
    yield f"{block.title}:"
    for number, point in enumerate(block.points, 1):
        yield f"  {f'{number}.' if block.numbered else '-'} {point.text}"
        yield from (f"     {detail}" for detail in point.details)
    yield from (f"  {remark}" for remark in block.remarks)


FORMATS = (
    Format("table", "columns", "txt", render_table),
    Format("wide", "more columns", "txt", render_wide),
)
