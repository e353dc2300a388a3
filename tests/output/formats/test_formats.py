"""The renderers: one report in every format."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
import yaml

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.output.blocks import (
    Block,
    Cell,
    Code,
    Column,
    Graph,
    Paragraph,
    Point,
    Points,
    Section,
    Sentence,
    Table,
    Tone,
    Tree,
)
from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.formats.registry import REGISTRY, format_named, rendered
from kubectl_kfaccess.output.report import Case, Report
from kubectl_kfaccess.output.style import Style
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.terminal.safe_text import shown

COLUMNS = (Column("NAME"), Column("NOTE", optional=True), Column("RULE", wide=True))
CATS = Section("cats", [("tom", "", "verbs=chase"), ("felix", "black", "")])
DOGS = Section("dogs", [("rex", "=1+1", "a|b")])


def report(*sections: Section, gaps: tuple[Gap, ...] = (), cases: tuple[Case, ...] = ()) -> Response:
    """Return a report of these sections."""
    rows = [row for section in sections for row in section.rows]
    table = Table(COLUMNS, lambda: sections)
    pets = Report(
        kind="Pets",
        blocks=(table,),
        table=table,
        head=lambda: {"question": "who"},
        items=lambda: ({"name": row[0]} for row in rows),
        names=lambda: (f"pet/{row[0]}" for row in rows),
        cases=lambda: cases,
    )
    return Response(pets, gaps, ("all of them",))


def with_blocks(response: Response, *blocks: Block) -> Response:
    """Return the same report with more blocks below its table."""
    report = response.report
    return response._replace(report=report._replace(blocks=(*report.blocks, *blocks)))


def text(shown: Response, form: str, style: Style | None = None) -> str:
    """Return the whole text of a report in the format *form*."""
    return "".join(rendered(shown, form, style or Style()))


def test_a_table_leaves_wide_columns_out() -> None:
    """A single section has no title."""
    assert "NAME    NOTE\ntom\nfelix   black\n" == text(report(CATS), "table")


def test_wide_shows_every_column() -> None:
    """The wide column comes last."""
    assert [["NAME", "NOTE", "RULE"], ["tom", "verbs=chase"], ["felix", "black"]] == [
        line.split() for line in text(report(CATS), "wide").splitlines()
    ]


def test_an_optional_column_is_left_out_when_it_is_empty() -> None:
    """That holds for tables; CSV always has the same columns."""
    only_tom = report(Section("cats", CATS.rows[:1]))

    assert "NAME\ntom\n" == text(only_tom, "table")
    assert "NAME,NOTE,RULE\ntom,,verbs=chase\n" == text(only_tom, "csv")


def test_several_sections_have_titles_and_an_empty_line_between() -> None:
    """Each section has headers; an empty one is not shown."""
    shown = text(report(CATS, Section("birds", []), DOGS), "table")

    assert ["cats", "NAME    NOTE", "tom", "felix   black", "", "dogs", "NAME   NOTE", "rex    =1+1"] == (
        shown.splitlines()
    )


@pytest.mark.parametrize("form", ["table", "wide", "name", "markdown", "jsonl"])
def test_an_empty_report_is_empty(form: str) -> None:
    """Not even headers are printed."""
    assert "" == text(report(Section("cats", [])), form)


def test_csv_is_one_table_with_one_header() -> None:
    """Formulas start with an apostrophe."""
    assert [
        ["NAME", "NOTE", "RULE"],
        ["tom", "", "verbs=chase"],
        ["felix", "black", ""],
        ["rex", "'=1+1", "a|b"],
    ] == list(csv.reader(text(report(CATS, DOGS), "csv").splitlines()))


def test_csv_keeps_the_mark_of_an_empty_cell() -> None:
    """A single dash is not a formula; a name of one dash is escaped, and a longer text gets an apostrophe."""
    rows = [("-", "", shown("-")), ("-1", "--", "")]

    assert [["-", "", "\\x2d"], ["'-1", "'--", ""]] == list(
        csv.reader(text(report(Section("birds", rows)), "csv", Style(headers=False)).splitlines())
    )


def test_markdown_tables_keep_their_columns() -> None:
    """A cell cannot end its column; headers stay even without `headers`, because Markdown needs them."""
    birds = Section("birds", [("a|b", "*", "")])
    expected = "| NAME | NOTE |\n| --- | --- |\n| a&#124;b | &#42; |\n"

    assert expected == text(report(birds), "markdown")
    assert expected == text(report(birds), "markdown", Style(headers=False))
    assert "**cats**" in text(report(CATS, DOGS), "markdown").splitlines()


BESIDE = Table(
    (Column("OWNER"), Column("NOTE", optional=True)),
    lambda: (Section("", [("ann", ""), ("b|ob", "")]),),
)


def test_a_second_table_has_its_own_columns() -> None:
    """Only the main table is sorted, and CSV has only the main table."""
    both = with_blocks(report(DOGS), BESIDE, Paragraph(("that is all",)))

    assert ["rex    =1+1", "", "OWNER", "ann", "b|ob", "", "that is all"] == (
        text(both, "table", Style(sort_by="note")).splitlines()[1:]
    )
    assert "| OWNER |\n| --- |\n| ann |\n| b&#124;ob |\n" in text(both, "markdown")
    assert text(report(DOGS), "csv") == text(both, "csv")
    empty = Table(BESIDE.columns, lambda: (Section("", []),))
    assert text(report(DOGS), "table") == text(with_blocks(report(DOGS), empty, Paragraph(())), "table")


def test_names_are_lines() -> None:
    """A shell can loop over them."""
    assert "pet/tom\npet/felix\npet/rex\n" == text(report(CATS, DOGS), "name")


def test_json_and_yaml_are_the_envelope() -> None:
    """It holds the question, the items, the gaps and the notes."""
    shown = report(CATS, gaps=(Gap("roles", "team-a", "forbidden"),))

    document = json.loads(text(shown, "json"))

    assert {
        "apiVersion": "kfaccess/v1",
        "kind": "Pets",
        "question": "who",
        "items": [{"name": "tom"}, {"name": "felix"}],
        "coverage": {
            "complete": False,
            "gaps": [{"resource": "roles", "namespace": "team-a", "reason": "forbidden"}],
        },
        "notes": [{"text": "all of them"}],
    } == document
    assert document == yaml.safe_load(text(shown, "yaml"))


def test_yaml_writes_repeated_values_in_full() -> None:
    """There are no anchors, because not every reader knows them."""
    same = {"rule": ["get"]}

    def items() -> Iterator[dict[str, object]]:
        return iter([same, same])

    shown = Response(Report("Pets", items=items))

    assert "&" not in text(shown, "yaml")
    assert [same, same] == yaml.safe_load(text(shown, "yaml"))["items"]


def test_yaml_does_not_fold_long_lines() -> None:
    """A long note stays on its line."""
    words = " ".join(["word"] * 200)
    shown = Response(Report("Pets"), notes=(words,))

    assert f"- text: {words}" in text(shown, "yaml").splitlines()


def test_json_lines_are_items() -> None:
    """Each line is one item, without the envelope."""
    assert [{"name": "tom"}, {"name": "felix"}] == [
        json.loads(line) for line in text(report(CATS), "jsonl").splitlines()
    ]


def test_junit_counts_failures_and_errors() -> None:
    """A case fails, cannot be decided, or passes."""
    cases = (Case("a", "g"), Case("b", "g", failure="no\nway"), Case("c", "g", error="cannot list"))

    suite = ElementTree.fromstring(text(report(cases=cases), "junit"))

    assert ("kfaccess Pets", "3", "1", "1") == tuple(
        suite.attrib[key] for key in ("name", "tests", "failures", "errors")
    )
    assert [[], [("failure", "no\\x0away")], [("error", "cannot list")]] == [
        [(element.tag, element.attrib["message"]) for element in case] for case in suite
    ]


def test_junit_says_its_encoding() -> None:
    """A reader of XML needs to know it."""
    assert '<?xml version="1.0" encoding="UTF-8"?>' == text(report(), "junit").splitlines()[0]


def test_rows_are_sorted_by_any_column_in_any_case() -> None:
    """The column need not be shown."""
    assert ["NAME    NOTE", "felix   black", "tom"] == (
        text(report(CATS), "table", Style(sort_by="name")).splitlines()
    )
    assert ["felix", "tom"] == [
        line.split()[0] for line in text(report(CATS), "table", Style(False, "RULE")).splitlines()
    ]


def test_sorting_by_an_unknown_column_names_the_known_ones() -> None:
    """They are written as `--sort-by` takes them."""
    with pytest.raises(UsageError, match="cannot sort by `age`: no such column") as raised:
        text(report(CATS), "table", Style(sort_by="age"))

    assert "one of name, note, rule" == raised.value.hint


GRAPH = Graph(
    tree=lambda: [("", "tom"), ("└── ", "felix")],
    labels=lambda: {"tom": ["tom", "1 rule"], "felix": ["felix"]},
    edges=lambda: [("tom", "felix")],
    bold=lambda: ["tom"],
)


def test_a_tree_replaces_the_main_table() -> None:
    """The lines around the table stay around the tree; `dot` and `mermaid` print only the graph."""
    pets = report(CATS)
    main = pets.report.table
    assert main
    blocks = (Sentence("here are"), GRAPH, main, Paragraph(("all of them",)))
    around = pets._replace(report=pets.report._replace(blocks=blocks))

    assert "here are\n\ntom\n└── felix\n\nall of them\n" == text(around, "tree")
    assert text(around, "dot").startswith("digraph ")
    assert text(around, "mermaid").startswith("flowchart LR\n")
    assert "└──" not in text(around, "table") + text(around, "markdown")


CHAIN = Tree(("User ann", "RoleBinding a/b", "rule verbs=get"), ("also through edit <- view",))
LIST = Points(
    "fixes",
    (Point("bind ann", ("it is `ann`",)), Point("b*nd")),
    numbered=True,
    remarks=("1, 2: you", "2: I"),
)


def test_people_read_trees_and_lists_as_lines() -> None:
    """Each step is indented further, and numbered lists have numbers."""
    shown = text(with_blocks(report(), Sentence("yes"), CHAIN, LIST, Code(("a: 1\n",), "yaml")), "table")

    assert [
        "yes", "",
        "  User ann", "  └─ RoleBinding a/b", "     └─ rule verbs=get", "  also through edit <- view", "",
        "fixes:", "  1. bind ann", "     it is `ann`", "  2. b*nd", "  1, 2: you", "  2: I", "",
        "a: 1",
    ] == shown.splitlines()  # fmt: skip


def test_markdown_has_trees_as_code_and_lists_as_lists() -> None:
    """A name can neither add markup to a list nor end a code block."""
    hostile = Tree(("User ```", "rule"))
    shown = text(with_blocks(report(), hostile, LIST, Code(("a: 1\n",), "yaml")), "markdown")

    assert [
        "````", "  User ```", "  └─ rule", "````", "",
        "fixes:", "", "1. bind ann", "   - it is &#96;ann&#96;", "2. b&#42;nd", "",
        "1, 2: you", "", "2: I", "",
        "```yaml", "a: 1", "```",
    ] == shown.splitlines()  # fmt: skip


def test_a_cell_with_a_tone_is_coloured_on_request() -> None:
    """Only tables are coloured; sorting, CSV and Markdown use the plain text."""
    rows = [(Cell("yes", Tone.GOOD), "", ""), ("no", "", "")]
    pets = report(Section("cats", rows))

    assert "\x1b[32myes\x1b[0m\nno\n" == text(pets, "table", Style(headers=False, color=True))
    assert ["no", "yes"] == text(pets, "table", Style(headers=False, sort_by="name")).split()
    assert "yes,,\nno,,\n" == text(pets, "csv", Style(headers=False))
    assert "| yes |" in text(pets, "markdown")


def test_a_fix_is_printed_alone() -> None:
    """It can be piped into kubectl."""
    pets = report(CATS)

    assert "" == text(pets, "fix")
    fixed = pets._replace(report=pets.report._replace(fix=Code(("a: 1\n", "b: 2\n"), "yaml")))
    assert "a: 1\nb: 2\n" == text(fixed, "fix")


def test_every_format_is_described_by_its_module() -> None:
    """REGISTRY and the modules' FORMATS name the same formats."""
    assert list(REGISTRY) == [format_named(name).name for name in REGISTRY]
    assert all(format_named(name).meaning and format_named(name).extension for name in REGISTRY)


# Their reports have what others lack: tests/fixes and tests/report have them
OF_SOME_REPORTS = ("fix", "html")


@pytest.mark.parametrize("form", [name for name in REGISTRY if name not in OF_SOME_REPORTS])
def test_every_format_ends_its_last_line(form: str) -> None:
    """The shell's prompt then starts on a new line."""
    assert text(with_blocks(report(CATS), GRAPH), form).endswith("\n")
