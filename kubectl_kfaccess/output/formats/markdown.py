"""Format `markdown`: sentences, tables and lists that can be pasted into a page or an issue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.output import blocks as kinds
from kubectl_kfaccess.output.findings import HEADERS, finding_row
from kubectl_kfaccess.output.layout import (
    apart,
    chosen_cells,
    lines_text,
    shown_columns,
    sorted_rows,
    text_of,
)
from kubectl_kfaccess.output.prose import tree_lines
from kubectl_kfaccess.output.style import Format, Style
from kubectl_kfaccess.terminal.safe_text import markdown_cell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.blocks import Block, Labelled, Pairs, Points, Row, Table
    from kubectl_kfaccess.output.envelope import Response


def render(response: Response, style: Style) -> Iterator[str]:
    """Yield every block except graphs."""
    report = response.report
    if report.comment:
        yield f"<!-- {report.comment} -->\n"
    yield from apart(_block(block, report.table, style) for block in report.blocks)


def _block(block: Block, main: Table | None, style: Style) -> Iterator[str]:
    if isinstance(block, kinds.Headline):
        details = (f"\n{markdown_cell(text)}\n" for text in block.details)
        yield "".join((f"**{markdown_cell(block.whole)}**\n", *details))
    elif isinstance(block, kinds.Sentence):
        yield f"{markdown_cell(block.text)}\n"
    elif isinstance(block, (kinds.Paragraph, kinds.Notes)):
        yield from lines_text([markdown_cell(text) for text in block.lines], "\n\n")
    elif isinstance(block, kinds.Table):
        yield from _table(block, style.sort_by if block is main else "")
    elif isinstance(block, kinds.Findings) and block.findings:
        yield markdown_table(HEADERS, [finding_row(finding) for finding in block.findings])
    elif isinstance(block, kinds.Tree):
        yield _fenced([*tree_lines(block, Style())])
    elif isinstance(block, kinds.Labelled):
        yield from _labelled(block)
    elif isinstance(block, (kinds.Points, kinds.Pairs)):
        yield from lines_text([*(_points(block) if isinstance(block, kinds.Points) else _pairs(block))])
    elif isinstance(block, kinds.Code):
        yield _fenced("".join(block.pieces).splitlines(), block.language)


def _labelled(block: Labelled) -> Iterator[str]:
    """Yield the blocks of a labelled part, below its label."""
    label = [iter((f"**{markdown_cell(block.label)}**\n",))] if block.label else []
    return apart((*label, *(_block(part, None, Style()) for part in block.blocks)))


def _table(block: Table, sort_by: str) -> Iterator[str]:
    sections = block.sections()
    for number, section in enumerate(section for section in sections if section.rows):
        if len(sections) > 1:
            yield ("\n" if number else "") + f"**{markdown_cell(section.title)}**\n\n"
        positions = shown_columns(block.columns, section.rows, wide=False)
        rows = chosen_cells(sorted_rows(block, section.rows, sort_by), positions, block.columns)
        yield markdown_table([block.columns[at].header for at in positions], rows)


def markdown_table(headers: Sequence[str], rows: Sequence[Row]) -> str:
    """Return a Markdown table whose cells are escaped, so that none ends its column or adds markup."""
    lines = [_row(headers), _row(["---"] * len(headers))]
    return "".join((*lines, *(_row([markdown_cell(text_of(cell)) for cell in row]) for row in rows)))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _points(block: Points) -> Iterator[str]:
    yield from (f"{markdown_cell(block.title)}:", "")
    for number, point in enumerate(block.points, 1):
        yield f"{f'{number}.' if block.numbered else '-'} {markdown_cell(point.text)}"
        yield from (f"   - {markdown_cell(detail)}" for detail in point.details)
    for remark in block.remarks:
        yield from ("", markdown_cell(remark))


def _pairs(block: Pairs) -> Iterator[str]:
    yield from (f"{markdown_cell(block.title)}:", "")
    for number, (text, remark) in enumerate(block.pairs, 1):
        yield f"{number}. {markdown_cell(text)}{f' ({markdown_cell(remark)})' if remark else ''}"


def _fenced(lines: Sequence[str], language: str = "") -> str:
    """Return *lines* as a code block, with a fence longer than any run of backticks in them."""
    longest = max((len(run) for line in lines for run in _runs_of_backticks(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join((f"{fence}{language}", *lines, fence)) + "\n"


def _runs_of_backticks(line: str) -> Iterator[str]:
    return (run for run in "".join(c if c == "`" else " " for c in line).split(" ") if run)


FORMATS = (Format("markdown", "a Markdown table", "md", render),)
