"""The report of `audit`: the verdict, the ways between tenants, the findings."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.audit.arguments import KIND, Options
from kubectl_kfaccess.commands.audit.audit import Audit, key_of
from kubectl_kfaccess.commands.audit.fix import fix_code
from kubectl_kfaccess.commands.audit.items import head, items, name_lines
from kubectl_kfaccess.commands.audit.pair_blocks import pair_blocks
from kubectl_kfaccess.commands.audit.pairs import MOST_ROWS, pair_table, pairs
from kubectl_kfaccess.commands.audit.results import acceptable, cases, results
from kubectl_kfaccess.commands.audit.sentences import headline, scope_text, tone, unknown_reasons
from kubectl_kfaccess.commands.audit.way_words import details_of, title_of
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.isolation.verdicts import is_way
from kubectl_kfaccess.output.blocks import Block, Findings, Headline, Notes
from kubectl_kfaccess.output.findings import severity_word
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.terminal.safe_text import shown
from kubectl_kfaccess.terminal.words import counted

MOST_FINDINGS = 20


def report(value: Audit, options: Options) -> Report:
    """Return the report; `wide` has every row and every finding."""
    wide = options.output.format != "table"
    table = pair_table(value, wide=wide)
    blocks = pair_blocks(value) if value.against else _blocks(value, options, wide=wide)
    return Report(
        kind=KIND,
        blocks=(Headline(headline(value), tone(value), (scope_text(value),), piped=True), *blocks),
        table=table,
        head=lambda: head(value),
        items=lambda: items(value),
        names=lambda: name_lines(value.kept),
        cases=lambda: cases(value),
        results=lambda: results(value),
        acceptable=lambda: acceptable(value),
        fix=fix_code(value) if options.output.format == "fix" else None,
        comment="kfaccess audit",
        category=value.cluster,
    )


def _blocks(value: Audit, options: Options, *, wide: bool) -> Iterator[Block]:
    if value.ways:
        yield pair_table(value, wide=wide)
    if more := 0 if wide else max(0, len(pairs(value)) - MOST_ROWS):
        yield Notes((f"{counted(more, 'more row')}: -o wide",))
    shown_findings = value.kept if wide else value.kept[:MOST_FINDINGS]
    if shown_findings:
        ways = value.ways_by_key
        yield Findings(
            shown_findings,
            lambda finding: (severity_word(finding), title_of(finding, ways.get(key_of(finding)))),
            details=lambda finding: tuple(
                details_of(finding, ways.get(key_of(finding)), value.stop_of(finding))
            ),
        )
    if more := len(value.kept) - len(shown_findings):
        yield Notes((f"{counted(more, 'more finding')}: -o wide",))
    yield from _closing(value, options)


def _closing(value: Audit, options: Options) -> Iterator[Block]:
    lines = tuple(unknown_reasons(value))[:2]
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
