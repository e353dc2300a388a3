"""Findings below an answer, and the lines around tables."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, in_order
from kubectl_kfaccess.output.blocks import Block, Column, Findings, Paragraph, Section, Table
from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.findings import counted
from kubectl_kfaccess.output.formats.registry import rendered
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.output.shapes import finding_data
from kubectl_kfaccess.output.style import Style

BAD = FindingType("thing-bad", Severity.ERROR, "It is bad.", "It breaks.", "Fix it.")
ODD = FindingType("thing-odd", Severity.WARNING, "It is odd.", "It puzzles.", "Fix it.")
HOSTILE = "a\x1b[31m|<b>"
FINDINGS = in_order(
    [
        Finding(ODD, "Role", "team-a", HOSTILE, f"it is `{HOSTILE}`"),
        Finding(ODD, "ClusterRole", "", "edit", "it is odd"),
        Finding(BAD, "Role", "team-b", "z", "it is bad"),
        Finding(BAD, "Role", "team-b", "z", "it is bad"),
    ]
)


def text(form: str, before: tuple[Block, ...] = (), after: tuple[Block, ...] = ()) -> str:
    """Return a report of one table, with blocks around it, in the format *form*."""
    table = Table((Column("NAME"), Column("SIZE")), lambda: (Section("", [("a", "1")]),))
    report = Report("Thing", blocks=(*before, table, *after), table=table)
    return "".join(rendered(Response(report), form, Style()))


def test_errors_come_first_and_each_finding_comes_once() -> None:
    """They are sorted by severity, id and object."""
    order = [(finding.type.id, finding.namespace, finding.name) for finding in FINDINGS]

    assert [
        ("thing-bad", "team-b", "z"),
        ("thing-odd", "", "edit"),
        ("thing-odd", "team-a", HOSTILE),
    ] == order
    assert "1 error, 2 warnings" == counted(FINDINGS)
    assert "" == counted([])


@pytest.mark.parametrize("form", ["table", "wide"])
def test_a_table_has_its_lines_around_it_and_findings_below(form: str) -> None:
    """An empty line separates blocks; an empty block has none."""
    whole = text(
        form, (Paragraph(("how it is",)),), (Findings(FINDINGS[:1]), Paragraph(("and more", "of it")))
    )

    assert whole.split("\n\n") == [
        "how it is",
        "NAME   SIZE\na      1",
        "SEVERITY   FINDING     OBJECT          MESSAGE\nerror      thing-bad   Role/team-b/z   it is bad",
        "and more\nof it\n",
    ]
    assert "NAME   SIZE\na      1\n" == text(form)


@pytest.mark.parametrize("form", ["table", "wide", "markdown"])
def test_names_in_findings_control_nothing(form: str) -> None:
    """They control neither the terminal nor a Markdown page."""
    shown = text(form, after=(Findings(FINDINGS),))

    assert "\x1b" not in shown
    if form == "markdown":
        assert "<b>" not in shown
        lines = shown.partition("| SEVERITY")[2].splitlines()
        assert [5] * (2 + len(FINDINGS) - 1) == [line.count("|") for line in lines[1:]]


def test_a_spreadsheet_is_the_table_alone() -> None:
    """Lines and findings would not fit the columns of the table."""
    assert "NAME,SIZE\na,1\n" == text("csv", (Paragraph(("a",)),), (Findings(FINDINGS), Paragraph(("b",))))


# sha256 of id and object: `printf 'thing-odd\0\0\0\0Role/team-a/a\x1b[31m|<b>' | sha256sum`
FINGERPRINT = "fa098cb8e00da523ef05b3875a52dc81"


def test_machines_get_the_plain_names() -> None:
    """They also get the id and the fingerprint, which stay the same."""
    assert {
        "id": "thing-odd",
        "severity": "warning",
        "object": {"kind": "Role", "namespace": "team-a", "name": HOSTILE},
        "message": f"it is `{HOSTILE}`",
        "why": "It puzzles.",
        "fix": "Fix it.",
        "fingerprint": FINGERPRINT,
        "references": [],
    } == finding_data(FINDINGS[2])


def on_terminal(columns: int, form: str = "table", *, color: bool = False) -> list[str]:
    """Return the lines of the findings on a terminal of that width."""
    report = Report("Thing", blocks=(Findings(FINDINGS[:2]),))
    return "".join(rendered(Response(report), form, Style(columns=columns, color=color))).splitlines()


def test_a_terminal_shows_marks_in_place_of_severities() -> None:
    """What a finding is about, its message and its id, which is secondary."""
    assert [
        "x Role/team-b/z      it is bad   thing-bad",
        "! ClusterRole/edit   it is odd   thing-odd",
    ] == on_terminal(80)
    assert (
        "\x1b[31mx\x1b[0m Role/team-b/z      it is bad   \x1b[2mthing-bad\x1b[0m"
        == on_terminal(80, color=True)[0]
    )


def test_the_id_goes_where_there_is_no_room() -> None:
    """`-o wide` and piped output have it."""
    assert ["x Role/team-b/z      it is bad", "! ClusterRole/edit   it is odd"] == on_terminal(36)
    assert on_terminal(80) == on_terminal(36, "wide")
