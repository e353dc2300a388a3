"""Findings for people at a terminal: the message first, and its id and its objects below."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kfaccess.output.blocks import (
    MARKS,
    Cell,
    Column,
    Row,
    Section,
    Table,
    Tone,
)
from kubectl_kfaccess.output.findings import SEVERITY_MARKS, object_text
from kubectl_kfaccess.terminal.safe_text import line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.findings.finding import Finding

MOST_OBJECTS = 3
_COLUMNS = (MARKS, Column("SEVERITY"), Column("FINDING", prose=True))
_TONES = {"error": Tone.BAD, "warning": Tone.LOOK}


def folded_findings(findings: Sequence[Finding]) -> Table:
    """Return two lines for each message of a type of finding; findings that say the same are one."""
    alike: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.severity.value, finding.type.id, finding.message), []).append(finding)
    rows = [row for (severity, *_), same in alike.items() for row in _rows(severity, same)]
    return Table(_COLUMNS, lambda: (Section("", rows),), headers=False)


def _rows(severity: str, same: Sequence[Finding]) -> tuple[Row, Row]:
    first = same[0]
    objects = [object_text(finding) for finding in same if finding.kind]
    more = f" and {len(objects) - MOST_OBJECTS} more" if len(objects) > MOST_OBJECTS else ""
    place = f"{first.type.id}  {', '.join(objects[:MOST_OBJECTS])}{more}"
    return (
        (SEVERITY_MARKS[severity], Cell(severity, _TONES[severity]), line(first.message)),
        ("", "", Cell(place, Tone.FAINT)),
    )
