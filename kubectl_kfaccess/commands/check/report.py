"""The answer of `check` as a report: what each runner needs and has, a table for all that are alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from kubectl_kfaccess.commands.check.shapes import Baseline, Outcome, Pipelines, Result
from kubectl_kfaccess.findings.finding import Finding, in_order
from kubectl_kfaccess.output.blocks import Column, Findings, Paragraph, Section, Table
from kubectl_kfaccess.output.findings import finding_data, finding_row
from kubectl_kfaccess.output.rbac_terms import name_line, paths_of, rule_text, subject_data
from kubectl_kfaccess.output.report import Case, Data, Report, Response
from kubectl_kfaccess.rbac.evaluator import Grant, Verdict, worst
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.terminal.safe_text import line, part, shown

ANSWERS = {Verdict.ALLOWED: "yes", Verdict.DENIED: "no", Verdict.UNKNOWN: "?"}
COLUMNS = (
    Column("NAMESPACE", wide=True),
    Column("SUBJECT", wide=True),
    Column("FOR"),
    Column("NEED"),
    Column("ANSWER"),
    Column("ROLE"),
    Column("NOTE", optional=True),
    Column("BINDING", wide=True),
    Column("VERSIONS", wide=True),
    Column("WHY", wide=True),
)
_MOST_ALIKE = 3  # findings of one sort that are all told
_MOST_NAMED = 3


class Check(Struct, frozen=True):
    """
    Everything that the report says; findings of the severities in *counting* fail a JUnit case.

    A *brief* table leaves out what nothing here can need: what is not installed, what other releases ask, but
    not what the user has asked for, the *purposes*.
    """

    persona: str
    pipelines: Pipelines
    results: Sequence[Result]
    platform: Sequence[Finding]
    baselines: Sequence[Baseline]
    served: frozenset[tuple[str, str]]
    snapshot: Snapshot
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...]
    fold: bool = True
    brief: bool = False
    purposes: tuple[str, ...] = ()
    counting: tuple[str, ...] = ("error",)

    def report(self) -> Response:
        """Return the report; rows and machine items are made when a format wants them."""
        groups = self._groups()
        table = Table(
            COLUMNS,
            lambda: tuple(self._section(alike, brief=self.brief) for alike in groups),
            lambda: tuple(self._section([one]) for one in self.results),
        )
        title = (self._title(groups[0]),) if len(groups) == 1 else ()
        told = _told([*self.platform, *(found for one in self.results for found in one.findings)])
        report = Report(
            kind="Check",
            blocks=(
                Paragraph((*self._before(), *title)),
                table,
                Findings(told),
                Paragraph(tuple(self._after(groups))),
            ),
            table=table,
            head=self._head,
            items=lambda: (self._item(one) for one in self.results),
            names=lambda: sorted({name_line(one.runner.who.subject) for one in self.results}),
            cases=self._cases,
        )
        return Response(report, self.gaps, self.notes)

    def _groups(self) -> list[list[Result]]:
        """The results that differ in nothing but names, together."""
        if not self.fold:
            return [[one] for one in self.results]
        alike: dict[object, list[Result]] = {}
        keys: dict[int, object] = {}  # runners that are bound alike share their outcomes
        for one in self.results:
            shared = keys.setdefault(id(one.outcomes), None) or self._outcomes_key(one.outcomes)
            keys[id(one.outcomes)] = shared
            kinds = tuple(sorted(finding.type.id for finding in one.findings))
            alike.setdefault((shared, kinds, one.runner.who.subject.kind), []).append(one)
        return list(alike.values())

    def _outcomes_key(self, outcomes: Sequence[Outcome]) -> object:
        return tuple((outcome.verdict, outcome.verdicts, self._through(outcome)) for outcome in outcomes)

    def _section(self, alike: Sequence[Result], *, brief: bool = False) -> Section:
        first = alike[0]
        more = f" (+{len(alike) - 1:,})" if len(alike) > 1 else ""
        where = f"{shown(first.runner.namespace)}{more}"
        told = self._that_matter(first.outcomes) if brief else first.outcomes
        rows = [(where, _subject(first), *self._row(outcome)) for outcome in told]
        return Section(self._title(alike), rows)

    def _that_matter(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Without what nothing here can need, and nobody has asked for."""
        return [one for one, why in self._reasons(outcomes) if not why]

    def _reasons(self, outcomes: Sequence[Outcome]) -> Iterator[tuple[Outcome, str]]:
        """Each with why nothing here can need it; what a purpose needs first is what it is about."""
        first = {outcome.need.purpose: outcome for outcome in reversed(outcomes)}
        for one in outcomes:
            if one.decides or one.need.purpose in self.purposes:
                yield one, ""
            elif self._absent(one) or self._absent(first[one.need.purpose]):
                yield one, "not installed"
            else:
                yield one, "not needed by this release" if one.asked is False else ""

    def _absent(self, outcome: Outcome) -> bool:
        """Whether what the need is about is not installed."""
        need = outcome.need
        kind = need.resource.partition("/")[0]
        return "." in need.group and (need.group, kind) not in self.served and not need.core

    def _title(self, alike: Sequence[Result]) -> str:
        """Whom a table is about, and what it comes to."""
        return f"{_names(alike)}: {self._summary(alike[0])}"

    def _summary(self, one: Result) -> str:
        told = self._that_matter(one.outcomes)
        purposes = (o.need.purpose for o in told if not o.decides and o.verdict is Verdict.DENIED)
        others = [word for word in dict.fromkeys(purposes) if word != "core"]
        return _COMES_TO[decision(one)] + (f"; optional, and lacking: {', '.join(others)}" if others else "")

    def _row(self, outcome: Outcome) -> tuple[str, ...]:
        need = outcome.need
        partly = outcome.missing and len(outcome.missing) < len(need.verbs)
        answer = ANSWERS[outcome.verdict]
        if outcome.verdict is Verdict.ALLOWED and outcome.missing:
            answer = "instead"  # the note says what stands in for it
        if outcome.verdict is Verdict.DENIED and partly:
            answer = f"no: {','.join(outcome.missing)}"
        return (
            need.purpose,
            f"{','.join(need.verbs)} {need.title}",
            answer,
            self._through(outcome)[0],
            self._note(outcome),
            self._through(outcome)[1],
            str(need.versions),
            need.why,
        )

    def _through(self, outcome: Outcome) -> tuple[str, str]:
        """The role that grants the first of the verbs, or the rule that none has, and the binding."""
        grant = next((one for one in outcome.grants if one), None)
        if outcome.verdict is Verdict.DENIED and outcome.missing:
            return f"missing: {rule_text(outcome.rule())}", "-"
        if grant is None:
            return "-", "-"
        path = " <- ".join(map(part, paths_of(grant, self.snapshot)[0]))
        return f"{grant.role.kind}/{path}", f"{grant.binding.kind}/{part(grant.binding.name)}"

    def _note(self, outcome: Outcome) -> str:
        said = [outcome.note] if outcome.note else []
        said += ["not needed by this release"] if outcome.asked is False else []
        said += ["not installed"] if self._absent(outcome) else []
        return "; ".join(said)

    def _before(self) -> Iterator[str]:
        found = self.pipelines
        version = f" {found.version}" if found.version else ""
        yield line(
            f"Kubeflow Pipelines{version} in {shown(found.namespace)}: {_MODES[found.mode.value]}"
            + (f", steps run as {shown(found.account)}" if found.mode.value in _RUNNING else "")
        )
        yield from (f"  {line(text)}" for text in found.evidence)

    def _after(self, groups: Iterable[Sequence[Result]]) -> Iterator[str]:
        if self.brief:
            yield from self._left_out(alike[0].outcomes for alike in groups)
        for one in self.baselines:
            yield from _baseline_lines(one)

    def _left_out(self, tables: Iterable[Sequence[Outcome]]) -> Iterator[str]:
        """What the brief tables do not show, by purpose where that is all of it, and which do."""
        told: dict[str, dict[str, None]] = {}
        for outcomes in tables:
            purposes = {one.need.purpose for one in self._that_matter(outcomes)}
            for one, why in self._reasons(outcomes):
                need = one.need
                name = f"{','.join(need.verbs)} {need.title}" if need.purpose in purposes else need.purpose
                if why:
                    told.setdefault(why, {})[name] = None
        parts = [f"{', '.join(names)} ({why})" for why, names in told.items()]
        if parts:
            yield f"not shown: {'; '.join(parts)}; `-o wide` shows all"

    def _head(self) -> Data:
        found = self.pipelines
        return {
            "persona": self.persona,
            "mode": found.mode.value,
            "pipelines": {
                "namespace": found.namespace,
                "version": str(found.version) if found.version else "",
                "account": found.account,
                "evidence": list(found.evidence),
            },
            "baselines": [_baseline_data(one) for one in self.baselines],
            "findings": [finding_data(one) for one in self.platform],
        }

    def _item(self, one: Result) -> Data:
        return {
            "namespace": one.runner.namespace,
            "subject": subject_data(one.runner.who.subject),
            "decision": decision(one).value,
            "needs": [
                data for outcome in one.outcomes for data in self._need_data(outcome, one.runner.namespace)
            ],
            "baseline": _baseline_data(one.baseline) if one.baseline else None,
            "findings": [finding_data(finding) for finding in one.findings],
        }

    def _need_data(self, outcome: Outcome, namespace: str) -> Iterator[Data]:
        need = outcome.need
        met = {Verdict.ALLOWED: True, Verdict.DENIED: False, Verdict.UNKNOWN: None}[outcome.verdict]
        for verb, verdict, grant in zip(need.verbs, outcome.verdicts, outcome.grants, strict=True):
            yield {
                "verb": verb,
                "group": need.group,
                "resource": need.resource,
                "name": need.name,
                "via": need.via.value,
                "decision": verdict.value,
                "core": need.core,
                "for": need.purpose,
                "why": need.why,
                "versions": str(need.versions),
                "met": met,
                "decides": outcome.decides,
                "note": self._note(outcome),
                "through": self._grant_data(grant, namespace) if grant else None,
            }

    def _grant_data(self, grant: Grant, namespace: str) -> Data:
        """The grant in short; profiles that are alike share it, but for the namespace."""
        binding, role = grant.binding, grant.role
        return {
            "binding": {
                "kind": binding.kind,
                "namespace": namespace if binding.namespace else "",
                "name": binding.name,
            },
            "role": {
                "kind": role.kind,
                "namespace": namespace if role.namespace else "",
                "name": role.name,
            },
            "path": list(paths_of(grant, self.snapshot)[0]),
        }

    def _cases(self) -> Iterator[Case]:
        for one in self.results:
            group = f"{one.runner.namespace}/{_subject(one)}"
            for outcome in one.outcomes:
                if outcome.decides:
                    yield _case(outcome, group)
            yield from (self._finding_case(finding, group) for finding in one.findings)
        yield from (self._finding_case(finding, self.pipelines.namespace) for finding in self.platform)

    def _finding_case(self, finding: Finding, group: str) -> Case:
        _, name, found, message = finding_row(finding)
        failed = finding.type.severity.value in self.counting
        return Case(f"{name} {found}", group, message if failed else "")


_MODES = {
    "standalone": "for one team (standalone)",
    "multi-user": "for many users (multi-user)",
    "unknown": "it is not known for whom they run",
    "absent": "not found",
}
_RUNNING = ("standalone", "multi-user")
_COMES_TO = {
    Verdict.ALLOWED: "has what it needs",
    Verdict.DENIED: "lacks what it needs",
    Verdict.UNKNOWN: "not known whether it has what it needs",
}


def _names(alike: Sequence[Result]) -> str:
    """Up to three names; of more the first and the number of the others."""
    names = [f"{_subject(one)} in {shown(one.runner.namespace)}" for one in alike]
    if len({_subject(one) for one in alike}) == 1:
        names = [names[0], *(shown(one.runner.namespace) for one in alike[1:])]
    if len(names) <= _MOST_NAMED:
        return ", ".join(names)
    return f"{names[0]} and {len(names) - 1:,} more like it"


def decision(one: Result) -> Verdict:
    """Return what everything that decides comes to."""
    return worst(outcome.verdict for outcome in one.outcomes if outcome.decides)


def _subject(one: Result) -> str:
    subject = one.runner.who.subject
    if subject.namespace == one.runner.namespace:
        return shown(subject.name)
    return name_line(subject)


def _case(outcome: Outcome, group: str) -> Case:
    need = outcome.need
    name = f"{','.join(need.verbs)} {need.title}"
    denied = f"cannot {','.join(outcome.missing)} {need.title}: {need.why}"
    failure = denied if outcome.verdict is Verdict.DENIED else ""
    error = f"not known: {outcome.note or 'not everything could be read'}"
    return Case(name, group, failure, error if outcome.verdict is Verdict.UNKNOWN else "")


def _told(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that people are told: of many of one sort the first few, and how many more there are."""
    by_type: dict[str, list[Finding]] = {}
    for finding in in_order(findings):
        by_type.setdefault(finding.type.id, []).append(finding)
    found: list[Finding] = []
    for alike in by_type.values():
        few = alike if len(alike) <= _MOST_ALIKE + 1 else alike[:_MOST_ALIKE]
        found += few
        if len(few) < len(alike):
            more = f"and {len(alike) - len(few):,} more, which `-o json` lists"
            found.append(Finding(alike[0].type, "…", "", "", more))
    return found


def _baseline_lines(one: Baseline) -> Iterator[str]:
    role = "/".join((one.kind, *map(part, filter(None, (one.namespace, one.name)))))
    shipped = f"{one.product} {' and '.join(one.versions)}"
    if not one.missing and not one.added:
        yield f"{role} is as {shipped} shipped it"
        return
    if one.expected:
        yield f"{role} is as {shipped} shipped it, and differs from {one.expected}, which runs:"
    else:
        yield f"{role} differs from what {shipped} shipped, the nearest release:"
    yield from (f"  - {rule_text(rule)}" for rule in one.missing)
    yield from (f"  + {rule_text(rule)}" for rule in one.added)


def _baseline_data(one: Baseline) -> Data:
    rules: Callable[[tuple[PolicyRule, ...]], list[Data]] = msgspec.to_builtins
    return {
        "role": {"kind": one.kind, "namespace": one.namespace, "name": one.name},
        "product": one.product,
        "versions": list(one.versions),
        "expected": one.expected,
        "missing": rules(one.missing),
        "added": rules(one.added),
    }
