"""Sentences, lists, labelled parts and trees on a terminal."""

from __future__ import annotations

import random
import re

import pytest

from kubectl_kfaccess.output.blocks import (
    Block,
    Column,
    Graph,
    Headline,
    Labelled,
    Notes,
    Paragraph,
    Point,
    Points,
    Section,
    Sentence,
    Step,
    Table,
    Tone,
    Tree,
)
from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.formats.registry import rendered
from kubectl_kfaccess.output.layout import piped_notes
from kubectl_kfaccess.output.prose import carets
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.output.style import Style
from kubectl_kfaccess.terminal.safe_text import listed, shown
from kubectl_kfaccess.terminal.wrapping import width
from tests.robustness.names import NAMES

SEED = 20_261_130
MAIN = Table((Column("NAME"),), lambda: (Section("", [("ann",)]),))
NO = Headline("no: bob cannot create notebooks in team-a", Tone.BAD, ("Kubeflow 2.14.4",))


def text(
    *blocks: Block, columns: int = 0, form: str = "table", main: Table | None = None, **style: bool
) -> str:
    """Return the blocks in the format *form* on a terminal of that many *columns*; 0: piped."""
    report = Report("Thing", blocks=blocks, table=main)
    return "".join(rendered(Response(report), form, Style(columns=columns, **style)))


def test_the_answer_is_above_a_table_on_a_terminal_only() -> None:
    """Piped output is header and rows; what is below the table goes to stderr then."""
    blocks = (Headline("1 person can"), MAIN, Notes(("not listed: 3",)))

    assert "1 person can\n\nNAME\nann\n\nnot listed: 3\n" == text(*blocks, columns=80, main=MAIN)
    assert "NAME\nann\n" == text(*blocks, main=MAIN)
    report = Report("Thing", blocks=blocks, table=MAIN)
    assert [(), ("note: not listed: 3",)] == [tuple(piped_notes(report, columns)) for columns in (80, 0)]


def test_the_answer_is_always_there_without_a_table() -> None:
    """So are notes. A table for spreadsheets alone does not count."""
    expected = f"{NO.text}\n    Kubeflow 2.14.4\n\nask bob\n"

    assert expected == text(NO, Notes(("ask bob",)))
    assert expected == text(NO, Notes(("ask bob",)), main=MAIN)
    assert [] == list(piped_notes(Report("Thing", blocks=(NO, Notes(("ask bob",))), table=MAIN), 0))


def test_the_word_of_a_verdict_has_a_colour_and_the_rest_is_bold() -> None:
    """Red is for no, green for yes; a sentence without a verdict is bold."""
    red, bold = "\x1b[31mno:\x1b[0m", "\x1b[1m bob cannot create notebooks in team-a\x1b[0m"

    assert f"{red}{bold}\n    Kubeflow 2.14.4\n" == text(NO, color=True)
    assert "\x1b[32myes:\x1b[0m\x1b[1m he can\x1b[0m\n" == text(
        Headline("yes: he can", Tone.GOOD), color=True
    )
    assert "\x1b[1m5 profiles: 1 error\x1b[0m\n" == text(
        Headline("5 profiles: 1 error", Tone.BAD), color=True
    )
    assert "\x1b[1mno: a\x1b[0m\n" == text(Headline("no: a"), color=True)


def test_a_long_answer_wraps_and_each_line_has_its_colour() -> None:
    """A pager that shows a part of it shows the same colours."""
    assert ["\x1b[31mno:\x1b[0m\x1b[1m bob\x1b[0m", "\x1b[1m  cannot\x1b[0m"] == (
        text(Headline("no: bob cannot", Tone.BAD), columns=8, color=True).splitlines()
    )


def test_notes_are_faint() -> None:
    """They are secondary; their lines wrap like all others."""
    assert "\x1b[2ma b\x1b[0m\n\x1b[2m  c\x1b[0m\n" == text(Notes(("a b c",)), columns=4, color=True)


def test_markdown_has_the_answer_in_bold() -> None:
    """Markup in names is escaped there as well; labels are bold, and notes are paragraphs."""
    blocks = (Headline("no: b*b"), MAIN, Notes(("a", "b")), Labelled("why", (Sentence("c"),)))

    assert [
        "**no: b&#42;b**", "", "| NAME |", "| --- |", "| ann |", "", "a", "", "b", "", "**why**", "", "c",
    ] == text(*blocks, form="markdown", main=MAIN).splitlines()  # fmt: skip


def test_machines_do_not_get_the_answer_in_words() -> None:
    """They have its data."""
    assert "bob" not in "".join(
        text(NO, MAIN, form=form, main=MAIN) for form in ("json", "yaml", "csv", "name")
    )


FIXES = Table(
    (Column("NUMBER"), Column("FIX"), Column("COST", prose=True)),
    lambda: (
        Section(
            "",
            [
                ("1", "correct the name", "an owner's 553; Bob@Example.com loses them"),
                ("2", "a new Role", "nothing"),
            ],
        ),
    ),
    headers=False,
)


def test_a_labelled_part_has_its_blocks_beside_the_label() -> None:
    """Blocks in it are below each other without empty lines; between two parts there is an empty line."""
    why = Labelled("why", (Sentence("a b"), Tree(("ann", "edit"), indent=4)))
    shown = text(why, Labelled("fix", (FIXES, Sentence("print one"))), Labelled("", (Sentence("mesh no"),)))

    assert [
        "why   a b",
        "          ann",
        "          └─ edit",
        "",
        "fix   1   correct the name   an owner's 553; Bob@Example.com loses them",
        "      2   a new Role         nothing",
        "      print one",
        "",
        "      mesh no",
    ] == shown.splitlines()


def test_a_labelled_part_wraps_beside_its_label() -> None:
    """A table in it has less room; its prose wraps in its column."""
    assert [
        "fix   1   correct the name   an owner's 553; Bob@Example.com",
        "                             loses them",
        "      2   a new Role         nothing",
    ] == text(Labelled("fix", (FIXES,)), columns=64).splitlines()


def test_a_list_wraps_below_its_points() -> None:
    """Details and remarks wrap as well."""
    points = Points("ask", (Point("ann or bob", ("the owner",)),), numbered=True, remarks=("1: by mail",))

    assert [
        "ask:", "  1. ann or", "     bob", "     the", "     owner", "  1: by", "    mail",
    ] == text(points, columns=11).splitlines()  # fmt: skip


def test_a_broken_step_has_a_cross_and_details() -> None:
    """Further lines of a step start below its text."""
    chain = Tree(("ann", Step("edit, which has it", broken=True, details=("missing: label",))))

    assert [
        "  ann", "  └─ ✗ edit,", "       which", "       has it", "       missing:", "       label",
    ] == text(chain, columns=15).splitlines()  # fmt: skip
    assert ["  ann", "  `- x edit, which has it", "       missing: label"] == (
        text(chain, columns=80, unicode=False).splitlines()
    )


GRAPH = Graph(
    tree=lambda: [
        ("", "admin"),
        ("├── ", "edit (3 rules)"),
        ("│   └── ", "view"),
        ("└── ", "│ is a long name"),
    ],
    labels=dict,
    edges=list,
    bold=list,
)


def test_a_drawn_tree_continues_its_branches() -> None:
    """Where the terminal has only ASCII, branches are ASCII; names stay as they are."""
    assert [
        "admin", "├── edit (3", "│   rules)", "│   └── view", "└── │ is a long", "    name",
    ] == text(GRAPH, columns=16, form="tree").splitlines()  # fmt: skip
    assert ["admin", "|-- edit (3 rules)", "|   `-- view", "`-- │ is a long name"] == (
        text(GRAPH, columns=80, form="tree", unicode=False).splitlines()
    )


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        pytest.param("bob@example.com", "Bob@Example.com", "^   ^", id="two letters"),
        pytest.param("bob", "bob", "", id="the same"),
        pytest.param("中b", "中B", "  ^", id="after a wide letter"),
        pytest.param("bobby", "bob", "   ^^", id="longer"),
    ],
)
def test_carets_are_below_what_differs(name: str, other: str, expected: str) -> None:
    """They are below the first of the two names."""
    assert expected == carets(name, other)


def prose(draw: random.Random) -> str:
    """Return a sentence with hostile names."""
    return " ".join(listed(draw.choice(NAMES)) if draw.random() < 0.3 else "word" for _ in range(25))


def blocks_of(draw: random.Random) -> tuple[Block, ...]:
    """Return a block of every kind, with random sentences."""
    chain = tuple(Step(prose(draw), draw.random() < 0.2, (prose(draw),)) for _ in range(draw.randint(1, 30)))
    return (
        Headline(prose(draw), details=(prose(draw),)),
        Sentence(prose(draw)),
        Paragraph((prose(draw), f"  - {prose(draw)}")),
        Points(prose(draw), (Point(prose(draw), (prose(draw),)),), draw.random() < 0.5, (prose(draw),)),
        Labelled("why", (Sentence(prose(draw)), Tree(chain, (prose(draw),)))),
        Notes((prose(draw),)),
    )


def words_of(block: Block) -> list[str]:
    """Return the words of a piped block, without what is drawn around them."""
    return re.findall("[^ \n]+", text(block))


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_prose_keeps_the_width_and_loses_nothing(columns: int) -> None:
    """A line is longer than the terminal only if it is a single word, which is longer too."""
    draw = random.Random(SEED)

    for _ in range(25):
        for block in blocks_of(draw):
            shown_text = text(block, columns=columns)
            too_long = [line for line in shown_text.splitlines() if width(line) > columns]

            assert [] == [line for line in too_long if " " in line], f"seed {SEED}"
            assert words_of(block) == re.findall("[^ \n]+", shown_text), f"seed {SEED}"


def test_a_word_as_long_as_the_terminal_is_whole() -> None:
    """In prose it runs over, and stands alone."""
    name = shown("x" * 300)

    assert ["ann is", name, "and bob"] == text(Sentence(f"ann is {name} and bob"), columns=80).splitlines()
