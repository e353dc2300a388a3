"""The report of `audit`: the verdict, the ways between tenants, the findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.commands.audit.arguments import KIND, Options
from kubectl_kfaccess.commands.audit.audit import Audit, key_of
from kubectl_kfaccess.commands.audit.fix import fix_code
from kubectl_kfaccess.commands.audit.items import head, items, name_lines
from kubectl_kfaccess.commands.audit.pair_blocks import pair_blocks
from kubectl_kfaccess.commands.audit.pairs import MOST_ROWS, Pair, pair_row, pair_table, pairs
from kubectl_kfaccess.commands.audit.policy_results import policy_results
from kubectl_kfaccess.commands.audit.results import acceptable, cases, results
from kubectl_kfaccess.commands.audit.sentences import headline, scope_text, tone
from kubectl_kfaccess.commands.audit.unknown_text import unknown_lines
from kubectl_kfaccess.commands.audit.way_words import details_of, title_of
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.isolation.verdicts import is_way
from kubectl_kfaccess.output.blocks import Block, Findings, Headline, Notes
from kubectl_kfaccess.output.comment_size import MOST_LETTERS, rows_that_fit
from kubectl_kfaccess.output.findings import finding_row, severity_word
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.terminal.safe_text import shown
from kubectl_kfaccess.terminal.words import counted

MOST_FINDINGS = 20


def report(value: Audit, options: Options) -> Report:
    """Return the report; `wide` has every row and every finding, Markdown what fits into a comment."""
    rows = pairs(value)
    blocks = pair_blocks(value) if value.against else _blocks(value, rows, options)
    return Report(
        kind=KIND,
        blocks=(Headline(headline(value), tone(value), (scope_text(value),), piped=True), *blocks),
        table=pair_table(value, rows),
        head=lambda: head(value),
        items=lambda: items(value),
        names=lambda: name_lines(value.kept),
        cases=lambda: cases(value),
        results=lambda: results(value),
        policy_results=lambda: policy_results(value),
        acceptable=lambda: acceptable(value),
        fix=fix_code(value) if options.output.format == "fix" else None,
        comment="kfaccess audit",
        category=value.cluster,
    )


def _most_rows(value: Audit, rows: Sequence[Pair], options: Options) -> int:
    """Return how many rows are shown."""
    if options.output.format == "markdown":
        return rows_that_fit([pair_row(value, pair) for pair in rows], MOST_LETTERS // 2)
    return MOST_ROWS if options.output.format == "table" else len(rows)


def _most_findings(value: Audit, options: Options) -> int:
    """Return how many findings are shown."""
    if options.output.format == "markdown":
        return rows_that_fit([finding_row(finding) for finding in value.kept], MOST_LETTERS // 2)
    return MOST_FINDINGS if options.output.format == "table" else len(value.kept)


def _blocks(value: Audit, rows: Sequence[Pair], options: Options) -> Iterator[Block]:
    shown_rows = rows[: _most_rows(value, rows, options)]
    if value.ways:
        yield pair_table(value, shown_rows)
    if more := len(rows) - len(shown_rows):
        yield Notes((f"{counted(more, 'more row')}: -o wide",))
    shown_findings = value.kept[: _most_findings(value, options)]
    if shown_findings:
        ways = value.ways_by_key
        yield Findings(
            shown_findings,
            lambda finding: (severity_word(finding), title_of(finding, ways.get(key_of(finding)))),
            details=lambda finding: tuple(
                details_of(
                    finding, ways.get(key_of(finding)), value.steps_of(finding), value.stop_of(finding)
                )
            ),
        )
    if more := len(value.kept) - len(shown_findings):
        yield Notes((f"{counted(more, 'more finding')}: -o wide",))
    yield from _closing(value, options)


def _closing(value: Audit, options: Options) -> Iterator[Block]:
    lines = tuple(unknown_lines(value))
    if options.output.format == "table" and value.kept:
        ways = (each for each in value.kept if is_way(each) and each.from_tenant and each.tenant)
        way = next(ways, None)
        accept = "" if options.accept else "expect one of these: --accept FILE (start with -o accept)"
        pair = (
            f"one pair: audit {shown(way.tenant)} --against {shown(_profile_of(value, way))}" if way else ""
        )
        lines = (*lines, "      ".join(filter(None, (accept, pair))))
    if any(lines):
        yield Notes(tuple(filter(None, lines)))


def _profile_of(value: Audit, way: Finding) -> str:
    """Return a profile of the tenant that the way comes from."""
    tenants = value.view.crossings.tenants
    return next(name for name in sorted(tenants.namespaces) if tenants.tenant(name) == way.from_tenant)
