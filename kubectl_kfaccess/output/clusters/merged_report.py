"""The reports of several clusters as one report, for formats that have no parts."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from kubectl_kfaccess.output.blocks import Block, Code, Headline, Notes, Table
from kubectl_kfaccess.output.clusters.merged_table import merged_table
from kubectl_kfaccess.output.clusters.part import ClusterPart, reports_of
from kubectl_kfaccess.output.report import Case, Data, Report
from kubectl_kfaccess.output.result_text import digest
from kubectl_kfaccess.terminal.safe_text import line, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.findings.accepted import Pattern
    from kubectl_kfaccess.output.results import Result

DOCUMENT = "---\n"
Reports = Sequence[tuple[str, Report]]
"""The reports of the clusters that answered, each with the name of its cluster."""


def merged_report(
    kind: str, parts: Sequence[ClusterPart], headline: Headline, *, folds: bool = False
) -> Report:
    """
    Return one report with what all clusters answered; each item, name and test case names its cluster.

    With *folds*, rows that are the same in several clusters are one.
    """
    reports = reports_of(parts)
    tables = [(cluster, report.table) for cluster, report in reports if report.table]
    table = merged_table(tables, folds=folds) if tables else None
    # An answer that is too long for one text names the cluster in each of its lines
    is_streamed = bool(reports) and all(report.csv_lines for _, report in reports)
    shows_table = table is not None and is_one_table(parts)
    return Report(
        kind=next((report.kind for _, report in reports), kind),
        blocks=(headline, *_blocks(parts, table if shows_table else None)),
        table=table,
        items=lambda: _items(parts),
        names=lambda: _names(parts),
        cases=lambda: _cases(parts),
        results=lambda: _results(parts),
        acceptable=lambda: _acceptable(parts),
        json_lines=(lambda: _json_lines(reports)) if is_streamed else None,
        csv_lines=(lambda headers: _csv_lines(reports, headers=headers)) if is_streamed else None,
        fix=_fix(parts),
        comment=next((report.comment for _, report in reports), ""),
    )


def _json_lines(reports: Reports) -> Iterator[str]:
    for _, report in reports:
        yield from report.json_lines() if report.json_lines else ()


def _csv_lines(reports: Reports, *, headers: bool) -> Iterator[str]:
    """Yield the lines of all clusters, below one header."""
    for number, (_, report) in enumerate(reports):
        yield from report.csv_lines(headers and not number) if report.csv_lines else ()


def is_one_table(parts: Sequence[ClusterPart]) -> bool:
    """Whether the answer of each cluster is a table alone, so that one table can say all."""
    reports = reports_of(parts)
    return bool(reports) and all(_is_table(report) for _, report in reports)


def _is_table(report: Report) -> bool:
    others = [block for block in report.blocks if block is not report.table]
    return len(others) < len(report.blocks) and all(isinstance(each, (Headline, Notes)) for each in others)


def _blocks(parts: Sequence[ClusterPart], table: Table | None) -> Iterator[Block]:
    if table is None:
        return
    yield table
    notes = tuple(_notes(parts))
    if notes:
        yield Notes(notes)


def _notes(parts: Sequence[ClusterPart]) -> Iterator[str]:
    """Yield the lines below the tables, each once. A line that is not true of all clusters names its own."""
    clusters: dict[str, list[str]] = {}
    for cluster, report in reports_of(parts):
        for block in report.blocks:
            for text in block.lines if isinstance(block, Notes) else ():
                clusters.setdefault(text, []).append(cluster)
    count = len(reports_of(parts))
    for text, names in clusters.items():
        yield text if len(names) == count else f"{', '.join(map(shown, names))}: {text}"


def of_cluster(cluster: str, data: Data) -> Data:
    """Return *data* with the name of its cluster first."""
    return {"cluster": cluster, **{key: value for key, value in data.items() if key != "cluster"}}


def _items(parts: Sequence[ClusterPart]) -> Iterator[Data]:
    for cluster, report in reports_of(parts):
        yield from (of_cluster(cluster, item) for item in report.items())


def _names(parts: Sequence[ClusterPart]) -> Iterator[str]:
    """Yield the names, each as kubectl takes it: `TYPE/NAME --context=CLUSTER`."""
    for cluster, report in reports_of(parts):
        context = shlex.quote(line(cluster))
        yield from (f"{name} --context={context}" for name in report.names())


def _cases(parts: Sequence[ClusterPart]) -> Iterator[Case]:
    for part in parts:
        for case in part.report.cases() if part.report else ():
            yield case._replace(group=f"{part.cluster}: {case.group}")
        if part.report is None and part.error:
            yield Case("answer", part.cluster, error=part.error.message)


def _results(parts: Sequence[ClusterPart]) -> Iterator[Result]:
    for cluster, report in reports_of(parts):
        for result in report.results():
            fingerprint = digest(cluster, result.fingerprint)
            yield result._replace(message=f"{cluster}: {result.message}", fingerprint=fingerprint)


def _acceptable(parts: Sequence[ClusterPart]) -> Iterator[Pattern]:
    for _, report in reports_of(parts):
        yield from report.acceptable()


def _fix(parts: Sequence[ClusterPart]) -> Code | None:
    """Return the fixes, each below a comment with the name of its cluster; None if there is none."""
    fixes = [(cluster, report.fix) for cluster, report in reports_of(parts) if report.fix]
    pieces: list[str] = []
    for cluster, fix in fixes:
        separator = DOCUMENT if pieces else ""
        pieces += (f"{separator}# for cluster {line(cluster)}\n", *fix.pieces)
    return Code(tuple(pieces), fixes[0][1].language) if fixes else None
