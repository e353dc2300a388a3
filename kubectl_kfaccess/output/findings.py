"""The words of findings, for the table below an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kubectl_kfaccess.output.blocks import (
    MARK_ERROR,
    MARK_LOOK,
    MARKS,
    Cell,
    Column,
    Row,
    Section,
    Table,
    Tone,
)
from kubectl_kfaccess.terminal.safe_text import line, part, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.findings.finding import Finding

HEADERS = ("SEVERITY", "FINDING", "OBJECT", "MESSAGE")
_COLUMNS = (MARKS, Column("OBJECT"), Column("MESSAGE", prose=True), Column("FINDING", rank=9))
SEVERITY_MARKS = {"error": MARK_ERROR, "warning": MARK_LOOK}


def finding_row(finding: Finding) -> tuple[str, ...]:
    """Return the finding's cells in the order of HEADERS, safe to show."""
    return (finding.severity.value, finding.type.id, object_text(finding), line(finding.message))


def findings_table(findings: Sequence[Finding], place: Callable[[Finding], str] | None = None) -> Table:
    """
    Return the findings for a terminal: what each is about, its message and its id, behind its mark.

    *place* returns what a finding is about, in place of its object.
    """
    rows = (_marked_row(finding, (place or object_text)(finding)) for finding in findings)
    return Table(_COLUMNS, lambda: (Section("", [*rows]),), headers=False)


def _marked_row(finding: Finding, place: str) -> Row:
    severity, name, _, message = finding_row(finding)
    return (SEVERITY_MARKS[severity], place, message, Cell(name, Tone.FAINT))


def object_text(finding: Finding) -> str:
    """Return the object that the finding is about, such as `RoleBinding/team-a/default-editor`."""
    names = [name for name in (finding.namespace, finding.name) if name]
    return "/".join((finding.kind, *map(part, names))) if names else shown(finding.kind)


def counted(findings: Sequence[Finding]) -> str:
    """Return the number of findings of each severity, such as `1 error, 2 warnings`; "" without findings."""
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.severity.value] = counts.get(finding.severity.value, 0) + 1
    return ", ".join(
        f"{counts[word]:,} {word}{'s' if counts[word] > 1 else ''}" for word in sorted(counts) if counts[word]
    )
