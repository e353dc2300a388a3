"""The report of `check`: what each runner needs and has, with one table for runners with equal results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.check.answer import status
from kubectl_kfaccess.commands.check.arguments import KIND, Options
from kubectl_kfaccess.commands.check.check import Check, RunnerResult
from kubectl_kfaccess.commands.check.evidence_text import evidence_lines
from kubectl_kfaccess.commands.check.items import head, items
from kubectl_kfaccess.commands.check.need_rows import COLUMNS, NeedRows, rests_on_text, runner_name
from kubectl_kfaccess.commands.check.purpose_rows import PurposeRows
from kubectl_kfaccess.commands.check.role_text import baseline_lines, brief_baselines
from kubectl_kfaccess.commands.check.verdict_text import headline, no_runner_text
from kubectl_kfaccess.commands.flags import FAIL_ON
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.findings.acceptance import acceptable
from kubectl_kfaccess.findings.finding import Finding, in_order
from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import NeedVerdict
from kubectl_kfaccess.output.blocks import (
    Block,
    Code,
    Findings,
    Labelled,
    Notes,
    Paragraph,
    Section,
    Sentence,
    Table,
)
from kubectl_kfaccess.output.findings import finding_row
from kubectl_kfaccess.output.manager_words import managed_text
from kubectl_kfaccess.output.rbac_terms import name_line, object_in_sentence
from kubectl_kfaccess.output.report import Case, Report
from kubectl_kfaccess.output.yaml_text import manifests_text
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.manifests import manifest_of
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.overlay import object_of
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.terminal.safe_text import line, shown

MOST_ALIKE = 3
"""The largest number of findings of one type that people see."""
MOST_NAMED = 3
"""The largest number of runners in the title of a table."""
_OF_BLOCKS = ("table", "wide", "markdown")
_COMES_TO = {
    Verdict.ALLOWED: "has what it needs",
    Verdict.DENIED: "is missing permissions",
    Verdict.UNKNOWN: "unknown whether it has what it needs",
}


def report(value: Check, options: Options) -> Report:
    """Return the report; rows and machine items are made when a format asks for them."""
    form, rows = options.output.format, NeedRows(value, options.purposes)
    tables = _Tables(value, rows, folds=options.folds, is_brief=form == "table")
    return Report(
        kind=KIND,
        blocks=tuple(_blocks(value, options, tables, PurposeRows(value, rows, options.purposes))),
        table=tables.table,
        head=lambda: head(value, options.persona),
        items=lambda: items(value, rows),
        names=lambda: sorted({name_line(result.runner.who.subject) for result in value.results}),
        cases=lambda: _cases(value, options.fail_on),
        acceptable=lambda: acceptable(value.findings),
        fix=_fix(value),
        remarks=() if value.results or form in _OF_BLOCKS else (no_runner_text(value, options.persona),),
        conclusion=_without_fix(value, options),
    )


def _blocks(value: Check, options: Options, tables: _Tables, purposes: PurposeRows) -> Iterator[Block]:
    yield headline(value, options)
    if options.output.format == "table":
        yield from _brief_blocks(value, tables, purposes)
        return
    title = (tables.title(tables.groups[0]),) if len(tables.groups) == 1 else ()
    yield Paragraph((*(line(text) for text in evidence_lines(value.pipelines)), *title))
    yield tables.table
    yield Findings(_most_telling(value.findings))
    baselines = (text for baseline in value.baselines for text in baseline_lines(baseline))
    yield Paragraph((*tables.left_out(), *baselines))


def _brief_blocks(value: Check, tables: _Tables, purposes: PurposeRows) -> Iterator[Block]:
    """Yield a line for each purpose; every need is in `-o wide`."""
    for alike in tables.groups:
        if len(tables.groups) > 1:
            yield Sentence(tables.title(alike))
        yield purposes.table(alike[0])
        if absent := purposes.not_installed(alike[0]):
            yield Labelled("", (Sentence(absent),), column=4)
    yield Findings(_most_telling(value.findings))
    yield Notes(tuple(_closing_lines(value)))


def _closing_lines(value: Check) -> Iterator[str]:
    """Yield how to repair it, whether the roles are as shipped, and where the details are."""
    if value.verdict is Verdict.DENIED:
        yield "fix: the same with -o fix prints what to apply"
    yield " ".join((*brief_baselines(value.baselines), "All needs: -o wide"))


class _Tables:
    """
    The tables: with *folds* one for all runners with equal results, otherwise one per runner.

    *is_brief* leaves out needs that cannot arise here, unless `--for` names them.
    """

    def __init__(self, value: Check, rows: NeedRows, *, folds: bool, is_brief: bool) -> None:
        self._rows = rows
        self._is_brief = is_brief
        results = value.results
        self.groups = _alike(results, rows) if folds else [[result] for result in results]
        self.table = Table(
            COLUMNS,
            lambda: tuple(self._section(alike, is_brief=is_brief) for alike in self.groups),
            lambda: tuple(self._section([result], is_brief=False) for result in results),
        )

    def title(self, alike: Sequence[RunnerResult]) -> str:
        """Return a table's title: its runners and their verdict."""
        first = alike[0]
        needs = self._rows.that_matter(first.needs)
        purposes = (
            need.need.purpose for need in needs if not need.decides and need.verdict is Verdict.DENIED
        )
        others = [word for word in dict.fromkeys(purposes) if word != "core"]
        optional = f"; optional ones missing: {', '.join(others)}" if others else ""
        return f"{_names(alike)}: {_COMES_TO[first.verdict]}{optional}"

    def _section(self, alike: Sequence[RunnerResult], *, is_brief: bool) -> Section:
        first = alike[0]
        more = f" (+{len(alike) - 1:,})" if len(alike) > 1 else ""
        where = f"{shown(first.runner.namespace)}{more}"
        needs = self._rows.that_matter(first.needs) if is_brief else first.needs
        rows = [(where, runner_name(first), *self._rows.row(need)) for need in needs]
        return Section(self.title(alike), rows)

    def left_out(self) -> Iterator[str]:
        """Yield a line on what brief tables do not show, with the reasons."""
        by_reason: dict[str, dict[str, None]] = {}
        for alike in self.groups if self._is_brief else ():
            for need, reason in self._rows.left_out(alike[0].needs):
                by_reason.setdefault(reason, {})[need] = None
        parts = [f"{', '.join(needs)} ({reason})" for reason, needs in by_reason.items()]
        if parts:
            yield f"not shown: {'; '.join(parts)}; `-o wide` shows all"


def _alike(results: Iterable[RunnerResult], rows: NeedRows) -> list[list[RunnerResult]]:
    """Return the results in groups that differ only in names."""
    groups: dict[object, list[RunnerResult]] = {}
    keys: dict[int, object] = {}  # runners with equal bindings share one tuple of verdicts
    for result in results:
        shared = keys.setdefault(id(result.needs), None) or rows.key(result.needs)
        keys[id(result.needs)] = shared
        kinds = tuple(sorted((each.type.id, each.accepted is not None) for each in result.findings))
        groups.setdefault((shared, kinds, result.runner.who.subject.kind), []).append(result)
    return list(groups.values())


def _names(alike: Sequence[RunnerResult]) -> str:
    """Return at most MOST_NAMED runners, or the first one and the number of the others."""
    names = [f"{runner_name(result)} in {shown(result.runner.namespace)}" for result in alike]
    if len({runner_name(result) for result in alike}) == 1:
        names = [names[0], *(shown(result.runner.namespace) for result in alike[1:])]
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return f"{names[0]} and {len(names) - 1:,} more like it"


def _most_telling(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that people see: of many of one type only the first few, and how many more."""
    by_type: dict[object, list[Finding]] = {}
    for finding in in_order(findings):
        by_type.setdefault((finding.type.id, finding.accepted), []).append(finding)
    return [finding for alike in by_type.values() for finding in _first_few(alike)]


def _first_few(alike: list[Finding]) -> Iterator[Finding]:
    few = alike if len(alike) <= MOST_ALIKE + 1 else alike[:MOST_ALIKE]
    yield from few
    if len(few) < len(alike):
        more = f"and {len(alike) - len(few):,} more, which `-o json` lists"
        yield Finding(alike[0].type, "…", "", "", more, accepted=alike[0].accepted)


def _cases(value: Check, fail_on: str) -> Iterator[Case]:
    """Yield a test case for each need that decides, and for each finding."""
    counting = FAIL_ON[fail_on]
    for result in value.results:
        group = f"{result.runner.namespace}/{runner_name(result)}"
        yield from (_need_case(need, group) for need in result.needs if need.decides)
        yield from (_finding_case(finding, group, counting) for finding in result.findings)
    group = value.pipelines.namespace
    yield from (_finding_case(finding, group, counting) for finding in value.platform)


def _need_case(verdict: NeedVerdict, group: str) -> Case:
    need = verdict.need
    name = f"{','.join(need.verbs)} {need.title}"
    if verdict.verdict is Verdict.DENIED:
        return Case(name, group, failure=f"cannot {','.join(verdict.missing)} {need.title}: {need.why}")
    if verdict.verdict is Verdict.UNKNOWN:
        reason = rests_on_text(verdict.rests_on) if verdict.rests_on else "not everything could be read"
        return Case(name, group, error=f"not known: {reason}")
    return Case(name, group)


def _finding_case(finding: Finding, group: str, counting: tuple[str, ...]) -> Case:
    _, name, place, message = finding_row(finding)
    if finding.accepted:
        return Case(f"{name} {place}", group, skipped=message)
    failed = finding.severity.value in counting
    return Case(f"{name} {place}", group, message if failed else "")


def _fix(value: Check) -> Code | None:
    if value.repair is None or not value.repair.objects:
        return None
    return Code(tuple(_pieces(value.repair.objects, value.snapshot)), "yaml")


def _pieces(objects: Iterable[KubernetesObject], snapshot: Snapshot) -> Iterator[str]:
    """Yield the manifests, each below a comment on who manages the object that it changes."""
    for obj in objects:
        if text := managed_text(object_of(snapshot, (obj.kind, *obj.key))):
            yield f"# {obj.kind} {object_in_sentence(obj)} is {text}\n"
        yield manifests_text([manifest_of(obj)])


def _without_fix(value: Check, options: Options) -> str:
    """Return the line that `-o fix` prints to stderr if there is nothing to apply."""
    if value.repair is None or value.repair.objects:
        return ""
    if status(value, options.fail_on) is not ExitStatus.OK:
        return "nothing that could be applied would help"
    return "nothing is missing" + ("" if options.purposes else "; optional permissions count with `--for`")
