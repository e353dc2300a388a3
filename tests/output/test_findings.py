"""Findings below an answer, and the lines around tables."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, in_order
from kubectl_kfaccess.kubeflow.managers import Manager, Tool
from kubectl_kfaccess.output.blocks import Block, Column, Findings, Paragraph, Section, Table
from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.findings import brief_text, counted, subject_and_brief
from kubectl_kfaccess.output.formats.registry import rendered
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.output.shapes import finding_data
from kubectl_kfaccess.output.style import Style
from kubectl_kfaccess.rbac.model import Subject

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


def lines(
    columns: int,
    *findings: Finding,
    labelled: bool = False,
    unnamed: tuple[Tool, ...] = (),
    **style: bool,
) -> list[str]:
    """Return the list of findings on a terminal of that width; *labelled*: by namespaces."""
    block = Findings(findings, (lambda each: (each.namespace, each.message)) if labelled else None, unnamed)
    report = Report("Thing", blocks=(block,))
    return "".join(rendered(Response(report), "table", Style(columns=columns, **style))).splitlines()


def odd(where: str, message: str = "it is odd", *, kind: str = "Role") -> Finding:
    """Return a warning about `NAMESPACE/NAME`."""
    namespace, _, name = where.rpartition("/")
    return Finding(ODD, kind, namespace, name, message)


def test_a_terminal_shows_the_message_first_and_the_object_below() -> None:
    """The id, which explains a finding, is there at every width."""
    assert [
        "x error     it is bad",
        "            thing-bad  Role team-b/z",
        "! warning   it is odd",
        "            thing-odd  ClusterRole edit",
    ] == lines(80, *FINDINGS[:2])
    assert [
        "\x1b[31mx\x1b[0m \x1b[31merror\x1b[0m   it is bad",
        "          \x1b[2mthing-bad  Role team-b/z\x1b[0m",
    ] == lines(80, FINDINGS[0], color=True)


def test_findings_that_say_the_same_are_one_entry() -> None:
    """With the first objects and the number of the others; the kind is not repeated."""
    assert [
        "! warning   it is odd",
        "            thing-odd  Role a/x, b/x, c/x and 2 more",
    ] == lines(80, *(odd(f"{name}/x") for name in "abcde"))
    assert [
        "! warning   it is odd",
        "            thing-odd  ClusterRole x, Role a/x",
    ] == lines(80, odd("x", kind="ClusterRole"), odd("a/x"))
    assert ["! a, b, c and 1 more   it is odd   thing-odd"] == lines(
        80, *(odd(f"{name}/x") for name in "abcd"), labelled=True
    )


def test_an_id_stands_beside_each_text_that_leaves_room() -> None:
    """One long message does not push all the others to the end of the line."""
    findings = (
        odd("a/x"),
        odd("b/x", "it is odder than that"),
        odd("c/x", "it is the oddest of all of them"),
    )

    assert [
        "! a   it is odd                         thing-odd",
        "! b   it is odder than that             thing-odd",
        "! c   it is the oddest of all of them   thing-odd",
    ] == lines(80, *findings, labelled=True)
    assert [
        "! a  it is odd           thing-odd",
        "! b  it is odder than that",
        "     thing-odd",
        "! c  it is the oddest of all of",
        "     them",
        "     thing-odd",
    ] == lines(34, *findings, labelled=True)
    assert "! b  it is odder than that  thing-odd" == lines(37, *findings, labelled=True)[1]


def test_long_labels_are_shortened_in_the_middle() -> None:
    """They take a third of the terminal at most."""
    assert ["! aaaaaaa…aaaaaa   it is odd   thing-odd"] == lines(42, odd(f"{'a' * 40}/x"), labelled=True)
    assert ["! aaaaaa...aaaaa   it is odd   thing-odd"] == lines(
        42, odd(f"{'a' * 40}/x"), labelled=True, unicode=False
    )


def test_wide_is_a_table_on_a_terminal_too() -> None:
    """With headers, and whole."""
    report = Report("Thing", blocks=(Findings(FINDINGS[:1]),))

    assert "".join(rendered(Response(report), "wide", Style(columns=20))).splitlines() == [
        "SEVERITY   FINDING     OBJECT          MESSAGE",
        "error      thing-bad   Role/team-b/z   it is bad",
    ]


ARGO = Manager(Tool.ARGO_CD, "kubeflow")
MANAGED = "managed by Argo CD application kubeflow: change it in git"


def test_people_read_who_manages_the_object() -> None:
    """A change by hand would not last. Machines get the same as data."""
    managed = replace(odd("a/x"), manager=ARGO)

    assert ["            " + MANAGED] == lines(80, managed)[2:]
    assert ["      " + MANAGED] == lines(80, managed, labelled=True)[1:]
    assert ["! warning   it is odd", "            thing-odd  Role a/x"] == lines(
        80, managed, unnamed=(Tool.ARGO_CD,)
    )
    assert f"it is odd; {MANAGED}" in text("table", after=(Findings([managed]),))
    assert {"tool": "Argo CD", "name": "kubeflow"} == finding_data(managed)["managedBy"]


def test_an_entry_names_the_first_manager_and_counts_other_ones() -> None:
    """Each profile has its own: thousands of profiles are one entry all the same."""
    managers = [Manager(Tool.PROFILE_CONTROLLER, name, "", "Profile") for name in "aab"]
    findings = [replace(odd(f"{at}/x"), manager=manager) for at, manager in enumerate(managers)]

    assert lines(120, *findings)[2:] == [
        "            managed by Profile a: the profile controller overwrites changes;"
        " 1 more is managed by others"
    ]


DAVE = Subject("User", "dave@example.com")


def test_a_subject_is_a_part_of_the_finding() -> None:
    """Two subjects of one binding are two facts, with two fingerprints; each is named as SUBJECT is typed."""
    about_dave = replace(odd("a/x"), subject=DAVE, brief="is `odd`")

    assert "dave@example.com: is `odd`" == subject_and_brief(about_dave)
    assert "is `odd`" == brief_text(about_dave)
    assert "it is odd" == subject_and_brief(odd("a/x"))
    data, other = finding_data(about_dave), finding_data(odd("a/x"))
    assert data["subject"] == {"kind": "User", "name": "dave@example.com", "ref": "dave@example.com"}
    assert data["message"] == other["message"]
    # printf 'thing-odd\0\0\0dave@example.com\0Role/a/x' | sha256sum
    assert data["fingerprint"] == "88d9cd9430da85d802111fb6cb94a157"


def test_names_in_a_few_words_control_nothing() -> None:
    """A subject ends where its name ends, whatever is in it."""
    hostile = replace(odd("a/x"), subject=Subject("User", "a@b\x1b[31m"), brief="is `\u202e`")

    assert subject_and_brief(hostile).isprintable()
