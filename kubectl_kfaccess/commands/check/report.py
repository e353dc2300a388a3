"""The report of `check`: what each runner needs and has, with one table for runners with equal results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.check.answer import status
from kubectl_kfaccess.commands.check.arguments import KIND, Options
from kubectl_kfaccess.commands.check.check import Check, RunnerResult
from kubectl_kfaccess.commands.check.evidence_text import evidence_lines
from kubectl_kfaccess.commands.check.items import head, items
from kubectl_kfaccess.commands.check.need_rows import COLUMNS, NeedRows, rests_on_text, runner_name
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.findings.finding import Finding, in_order
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode
from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import NeedVerdict
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline
from kubectl_kfaccess.output.blocks import Block, Code, Findings, Paragraph, Section, Table
from kubectl_kfaccess.output.findings import finding_row
from kubectl_kfaccess.output.rbac_terms import name_line, rule_text
from kubectl_kfaccess.output.report import Case, Report
from kubectl_kfaccess.output.yaml_text import manifests_text
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.manifests import manifest_of
from kubectl_kfaccess.terminal.safe_text import line, part, shown

MOST_ALIKE = 3
"""The largest number of findings of one type that people see."""
MOST_NAMED = 3
"""The largest number of runners in the title of a table."""
_MODES = {
    Mode.STANDALONE: "for one team (standalone)",
    Mode.MULTI_USER: "for many users (multi-user)",
    Mode.UNKNOWN: "it is not known for whom they run",
    Mode.ABSENT: "not found",
}
_RUNNING = (Mode.STANDALONE, Mode.MULTI_USER)
_COMES_TO = {
    Verdict.ALLOWED: "has what it needs",
    Verdict.DENIED: "lacks what it needs",
    Verdict.UNKNOWN: "not known whether it has what it needs",
}


def report(value: Check, options: Options) -> Report:
    """Return the report; rows and machine items are made when a format asks for them."""
    rows = NeedRows(value, options.purposes)
    tables = _Tables(value, rows, folds=options.folds, is_brief=options.output.format == "table")
    return Report(
        kind=KIND,
        blocks=tuple(_blocks(value, tables)),
        table=tables.table,
        head=lambda: head(value, options.persona),
        items=lambda: items(value, rows),
        names=lambda: sorted({name_line(result.runner.who.subject) for result in value.results}),
        cases=lambda: _cases(value, options.fail_on),
        fix=_fix(value),
        remarks=() if value.results else (_no_runner_remark(value, options.persona),),
        conclusion=_without_fix(value, options),
    )


def _blocks(value: Check, tables: _Tables) -> Iterator[Block]:
    title = (tables.title(tables.groups[0]),) if len(tables.groups) == 1 else ()
    yield Paragraph((*_installation_lines(value), *title))
    yield tables.table
    yield Findings(_most_telling(value.findings))
    baselines = (text for baseline in value.baselines for text in _baseline_lines(baseline))
    yield Paragraph((*tables.left_out(), *baselines))


def _installation_lines(value: Check) -> Iterator[str]:
    pipelines = value.pipelines
    version = f" {pipelines.version}" if pipelines.version else ""
    account = f", steps run as {shown(pipelines.account)}" if pipelines.mode in _RUNNING else ""
    where = shown(pipelines.namespace)
    yield line(f"Kubeflow Pipelines{version} in {where}: {_MODES[pipelines.mode]}{account}")
    yield from (f"  {line(text)}" for text in evidence_lines(pipelines))


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
        optional = f"; optional, and lacking: {', '.join(others)}" if others else ""
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
        kinds = tuple(sorted(finding.type.id for finding in result.findings))
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
    by_type: dict[str, list[Finding]] = {}
    for finding in in_order(findings):
        by_type.setdefault(finding.type.id, []).append(finding)
    return [finding for alike in by_type.values() for finding in _first_few(alike)]


def _first_few(alike: list[Finding]) -> Iterator[Finding]:
    few = alike if len(alike) <= MOST_ALIKE + 1 else alike[:MOST_ALIKE]
    yield from few
    if len(few) < len(alike):
        more = f"and {len(alike) - len(few):,} more, which `-o json` lists"
        yield Finding(alike[0].type, "…", "", "", more)


def _baseline_lines(drift: Baseline) -> Iterator[str]:
    role = "/".join((drift.kind, *map(part, filter(None, (drift.namespace, drift.name)))))
    shipped = f"{drift.product} {' and '.join(drift.versions)}"
    if drift.exact:
        yield f"{role} is as {shipped} shipped it"
    elif drift.expected:
        yield f"{role} is as {shipped} shipped it, and differs from {drift.expected}, which runs:"
    else:
        yield f"{role} differs from what {shipped} shipped, the nearest release:"
    yield from (f"  - {rule_text(rule)}" for rule in drift.missing)
    yield from (f"  + {rule_text(rule)}" for rule in drift.added)


def _cases(value: Check, fail_on: str) -> Iterator[Case]:
    """Yield a test case for each need that decides, and for each finding."""
    counting = ("error", "warning") if fail_on == "warning" else ("error",)
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
    failed = finding.severity.value in counting
    return Case(f"{name} {place}", group, message if failed else "")


def _fix(value: Check) -> Code | None:
    if value.repair is None or not value.repair.objects:
        return None
    return Code((manifests_text([manifest_of(obj) for obj in value.repair.objects]),), "yaml")


def _without_fix(value: Check, options: Options) -> str:
    """Return the line that `-o fix` prints to stderr if there is nothing to apply."""
    if value.repair is None or value.repair.objects:
        return ""
    if status(value, options.fail_on) is not ExitStatus.OK:
        return "nothing that could be applied would help"
    return "nothing is lacking" + ("" if options.purposes else "; what is optional counts with `--for`")


def _no_runner_remark(value: Check, persona: str) -> str:
    """Return the remark that says why no runner was checked."""
    if value.pipelines.mode is Mode.ABSENT:
        return "no Kubeflow Pipelines was found: there is nothing to check"
    if value.elsewhere:
        return f"`{persona}` is in none of the namespaces that were chosen: there is nothing to check"
    return f"there is no profile in which `{persona}` could be checked"
