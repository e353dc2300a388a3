"""The report on a type of finding: what it is, why it matters, how to fix it, and where it is."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.explain.finding_answer import FindingExplanation
from kubectl_kfaccess.output.blocks import (
    Block,
    Column,
    Findings,
    Headline,
    Labelled,
    Notes,
    Section,
    Sentence,
    Table,
)
from kubectl_kfaccess.output.findings import HEADERS, finding_row
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.output.shapes import finding_data
from kubectl_kfaccess.terminal.words import counted

KIND = "FindingExplanation"


def finding_report(value: FindingExplanation) -> Report:
    """Return the report; its machine items are the findings on the cluster."""
    findings = value.findings or ()
    table = Table(
        tuple(map(Column, HEADERS)), lambda: (Section("", [finding_row(finding) for finding in findings]),)
    )
    return Report(
        kind=KIND,
        blocks=tuple(_blocks(value)),
        table=table,
        head=lambda: _head(value),
        items=lambda: map(finding_data, findings),
        names=lambda: (value.type.id,),
    )


def _blocks(value: FindingExplanation) -> Iterator[Block]:
    severity = value.type.severity.value
    article = "an" if severity[0] in "aeiou" else "a"
    yield Headline(f"{value.type.id}, {article} {severity}: {value.type.what}")
    yield Labelled("why", (Sentence(value.type.why),))
    yield Labelled("fix", (Sentence(value.type.fix),))
    if value.type.references:
        yield Labelled("see", (Sentence(", ".join(value.type.references)),))
    if value.findings is None:
        yield Notes((f"`{value.command}` shows where it is",))
    elif value.findings:
        yield Sentence(f"found {counted(len(value.findings), 'time')} here:")
        yield Findings(value.findings)
    else:
        yield Sentence("not found here")


def _head(value: FindingExplanation) -> Data:
    kind = value.type
    return {
        "id": kind.id,
        "severity": kind.severity.value,
        "what": kind.what,
        "why": kind.why,
        "fix": kind.fix,
        "references": list(kind.references),
        "command": value.command,
        "searched": value.findings is not None,
    }
