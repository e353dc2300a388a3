"""The renderers: from a report to text on stdout. A format is a function; a dictionary is the registry."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.output.findings import HEADERS, finding_row
from kubectl_kfaccess.output.report import Column, Data, Report, Section, Table
from kubectl_kfaccess.output.style import Renderer, Style
from kubectl_kfaccess.output.table import table
from kubectl_kfaccess.output.yaml_text import document_text
from kubectl_kfaccess.terminal.safe_text import NOTHING, csv_cell, markdown_cell, shown


def rendered(report: Report, form: str, style: Style) -> Iterator[str]:
    """Yield the text of *report* in that format, in pieces."""
    headers = [column.header.lower() for column in report.columns]
    if style.sort_by and style.sort_by.lower() not in headers:
        raise UsageError(
            f"cannot sort by `{style.sort_by}`: no such column", hint=f"one of {', '.join(headers)}"
        )
    return RENDERERS[form](report, style)


def _table(report: Report, style: Style, *, wide: bool = False) -> Iterator[str]:
    tables = (_sections(report, style, wide), _beside(report, style), _findings(report, style))
    yield from _apart((_lines(report.before), *tables, _lines(report.after)))


def _apart(blocks: Iterable[Iterator[str]]) -> Iterator[str]:
    """The text of *blocks*, an empty line between those that have any."""
    begun = False
    for block in blocks:
        for at, text in enumerate(block):
            yield "\n" + text if begun and not at else text
            begun = True


def _lines(lines: Sequence[str], end: str = "\n") -> Iterator[str]:
    yield from (f"{end.join(lines)}\n",) if lines else ()


def _beside(report: Report, style: Style) -> Iterator[str]:
    if report.beside and report.beside.rows:
        headers, rows, keep = _of_table(report.beside, style)
        paint = [report.beside.columns[at].tint for at in keep] if style.color else []
        yield table(headers, rows, paint)


def _of_table(beside: Table, style: Style) -> tuple[list[str], Sequence[Sequence[str]], list[int]]:
    """The headers, the rows and the columns that are shown; `--sort-by` names a column of the main table."""
    keep = _kept(beside.columns, beside.rows, wide=False)
    headers, rows = _cells(beside.columns, Section("", beside.rows), Style(headers=style.headers), keep)
    return headers, rows, keep


def _findings(report: Report, style: Style) -> Iterator[str]:
    if report.findings:
        yield table(HEADERS if style.headers else (), [finding_row(one) for one in report.findings])


def _sections(report: Report, style: Style, wide: bool) -> Iterator[str]:
    sections = report.sections()
    for number, section in enumerate(section for section in sections if section.rows):
        if len(sections) > 1:
            yield ("\n" if number else "") + f"{section.title}\n"
        keep = _kept(report.columns, section.rows, wide=wide)
        headers, rows = _cells(report.columns, section, style, keep)
        paint = [report.columns[at].tint for at in keep] if style.color else []
        text = table(headers, rows, paint)
        if (
            style.columns
            and _is_too_wide(headers, rows, style.columns)
            and any(c.short for c in report.columns)
        ):
            shorter = [report.columns[at].short or report.columns[at].header for at in keep]
            text = table(shorter if headers else [], rows, paint, close=True)
        yield text


def _is_too_wide(headers: Sequence[str], rows: Sequence[Sequence[str]], columns: int) -> bool:
    return any(len(line) > columns for line in table(headers, rows).splitlines())


def _tree(report: Report, style: Style) -> Iterator[str]:
    blocks = (_lines(report.before), _drawn(report, "tree"), _findings(report, style))
    yield from _apart((*blocks, _lines(report.after)))


def _dot(report: Report, _style: Style) -> Iterator[str]:
    return _drawn(report, "dot")


def _mermaid(report: Report, _style: Style) -> Iterator[str]:
    return _drawn(report, "mermaid")


def _drawn(report: Report, form: str) -> Iterator[str]:
    return (f"{text}\n" for text in report.drawings[form]())


def _wide(report: Report, style: Style) -> Iterator[str]:
    return _table(report, style, wide=True)


def _csv(report: Report, style: Style) -> Iterator[str]:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for number, section in enumerate((report.unfolded or report.sections)()):
        keep = _kept(report.columns, section.rows, wide=True, all_columns=True)
        headers, rows = _cells(report.columns, section, style, keep)
        if headers and not number:
            writer.writerow(headers)
        writer.writerows([_csv_text(cell) for cell in row] for row in rows)
    yield stream.getvalue()


def _csv_text(cell: str) -> str:
    """The cell for a spreadsheet; our own mark for nothing is no formula, and no name is shown like it."""
    return cell if cell == NOTHING else csv_cell(cell)


def _markdown(report: Report, style: Style) -> Iterator[str]:
    before, after = (
        _lines([markdown_cell(text) for text in lines], "\n\n") for lines in (report.before, report.after)
    )
    tables = (_markdown_tables(report, style), _markdown_beside(report), _markdown_findings(report))
    yield from _apart((before, *tables, after))


def _markdown_beside(report: Report) -> Iterator[str]:
    if report.beside and report.beside.rows:
        headers, rows, _ = _of_table(report.beside, Style())
        yield _markdown_table(headers, rows)


def _markdown_findings(report: Report) -> Iterator[str]:
    if report.findings:
        yield _markdown_table(HEADERS, [finding_row(one) for one in report.findings])


def _markdown_tables(report: Report, style: Style) -> Iterator[str]:
    sections = report.sections()
    for number, section in enumerate(section for section in sections if section.rows):
        if len(sections) > 1:
            yield ("\n" if number else "") + f"**{markdown_cell(section.title)}**\n\n"
        keep = _kept(report.columns, section.rows, wide=False)
        _, rows = _cells(report.columns, section, style, keep)
        headers, _ = _cells(report.columns, section, Style(), keep)
        yield _markdown_table(headers, rows)


def _markdown_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [_markdown_row(headers), _markdown_row(["---"] * len(headers))]
    return "".join((*lines, *(_markdown_row([markdown_cell(cell) for cell in row]) for row in rows)))


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _name(report: Report, _style: Style) -> Iterator[str]:
    yield "".join(f"{name}\n" for name in report.names())


def written(document: Data, form: str) -> Iterator[str]:
    """Yield a whole machine answer as JSON or as YAML."""
    yield document_text(document) if form == "yaml" else json.dumps(document, indent=2) + "\n"


def _json(report: Report, _style: Style) -> Iterator[str]:
    return written(report.document(), "json")


def _json_lines(report: Report, _style: Style) -> Iterator[str]:
    if report.lines:
        yield from report.lines()
    else:
        yield from (json.dumps(item) + "\n" for item in report.items())


def _yaml(report: Report, _style: Style) -> Iterator[str]:
    return written(report.document(), "yaml")


def _junit(report: Report, _style: Style) -> Iterator[str]:
    from xml.etree.ElementTree import Element, SubElement, tostring

    cases = list(report.cases()) if report.cases else []
    counts = {"failures": sum(bool(c.failure) for c in cases), "errors": sum(bool(c.error) for c in cases)}
    totals = {"tests": str(len(cases)), **{key: str(value) for key, value in counts.items()}}
    suite = Element("testsuite", {"name": f"kfaccess {report.kind}", **totals})
    for case in cases:
        element = SubElement(suite, "testcase", {"name": shown(case.name), "classname": shown(case.group)})
        for kind, text in (("failure", case.failure), ("error", case.error)):
            if text:
                SubElement(element, kind, {"message": shown(text)})
    yield '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suite, encoding="unicode") + "\n"


def _kept(
    columns: tuple[Column, ...], rows: Sequence[Sequence[str]], *, wide: bool, all_columns: bool = False
) -> list[int]:
    """The positions of the columns that this format shows."""
    return [
        at
        for at, column in enumerate(columns)
        if not (column.narrow if wide else column.wide)
        and (all_columns or not column.optional or any(row[at] for row in rows))
    ]


def _cells(
    columns: tuple[Column, ...], section: Section, style: Style, keep: Sequence[int]
) -> tuple[list[str], Sequence[Sequence[str]]]:
    """The headers and the rows of the columns in *keep*, sorted as asked."""
    rows = _sorted(columns, section.rows, style.sort_by)
    headers = [columns[at].header for at in keep] if style.headers else []
    if len(keep) == len(columns):
        return headers, rows
    chosen = itemgetter(*keep) if len(keep) > 1 else lambda row: (row[keep[0]],)
    return headers, list(map(chosen, rows))


def _sorted(
    columns: tuple[Column, ...], rows: Sequence[Sequence[str]], sort_by: str
) -> Sequence[Sequence[str]]:
    if not sort_by:
        return rows
    at = [column.header.lower() for column in columns].index(sort_by.lower())
    return sorted(rows, key=lambda row: row[at])


RENDERERS: dict[str, Renderer] = {
    "table": _table,
    "wide": _wide,
    "json": _json,
    "yaml": _yaml,
    "name": _name,
    "csv": _csv,
    "markdown": _markdown,
    "jsonl": _json_lines,
    "junit": _junit,
    "tree": _tree,
    "dot": _dot,
    "mermaid": _mermaid,
}
