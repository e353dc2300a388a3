"""Tables on a terminal: no line is longer than it is wide, and nothing is lost without a trace."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

import pytest
import wcwidth

from kubectl_kfaccess.output.blocks import (
    MARK_ERROR,
    MARK_LOOK,
    MARKS,
    Cell,
    Column,
    Notes,
    Row,
    Section,
    Table,
    Tone,
)
from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.formats.registry import rendered
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.output.style import Style
from kubectl_kfaccess.terminal.safe_text import listed, shown
from tests.robustness.names import NAMES

SEED = 20_261_201
DOTS = "…"


def table(columns: Sequence[Column], *rows: Row, headers: bool = True, indent: int = 0) -> Table:
    """Return a table of one section."""
    return Table(tuple(columns), lambda: (Section("", rows),), headers=headers, indent=indent)


def text(block: Table, columns: int, form: str = "table", **style: bool) -> str:
    """Return the table in the format *form* on a terminal of that many *columns*; 0: piped."""
    report = Report("Thing", blocks=(block,), table=block)
    return "".join(rendered(Response(report), form, Style(columns=columns, **style)))


PEOPLE = table(
    (
        Column("SUBJECT"),
        Column("AS"),
        Column("NOTE", optional=True, rank=1, footnote=True),
        Column("BINDING", rank=2),
        Column("PATH", rank=3),
    ),
    ("alice@example.com", "owner", "", "namespaceAdmin", "kubeflow-admin <- kubeflow-edit"),
    ("group:ml-team", "group", "kubectl only", "ml-team-edit", "kubeflow-edit"),
    ("group:ops", "group", "kubectl only", "ops-edit", "kubeflow-edit"),
    ("sa:team-b/ci", "foreign", "from team-b", "ci-edit", "kubeflow-edit"),
)


@pytest.mark.parametrize(
    ("columns", "headers"),
    [
        pytest.param(98, ["SUBJECT", "AS", "NOTE", "BINDING", "PATH"], id="all fit"),
        pytest.param(92, ["SUBJECT", "AS", "NOTE", "BINDING", "PATH"], id="with less between them"),
        pytest.param(80, ["SUBJECT", "AS", "NOTE", "BINDING"], id="without the path"),
        pytest.param(48, ["SUBJECT", "AS", "NOTE"], id="without the binding"),
        pytest.param(35, ["SUBJECT", "AS"], id="without the note"),
    ],
)
def test_columns_go_by_rank(columns: int, headers: list[str]) -> None:
    """The highest rank goes first, once less space between columns does not help."""
    assert headers == text(PEOPLE, columns).splitlines()[0].split()


def test_a_note_that_goes_becomes_a_footnote() -> None:
    """Equal notes share a number."""
    assert [
        "SUBJECT             AS",
        "alice@example.com   owner",
        "group:ml-team [1]   group",
        "group:ops [1]       group",
        "sa:team-b/ci [2]    foreign",
        "",
        "[1] kubectl only",
        "[2] from team-b",
    ] == text(PEOPLE, 35).splitlines()


def test_notes_follow_the_footnotes() -> None:
    """They are in one block below the table."""
    report = Report("Thing", blocks=(PEOPLE, Notes(("not listed: 3",))), table=PEOPLE)
    shown_text = "".join(rendered(Response(report), "table", Style(columns=35)))

    assert ["", "[1] kubectl only", "[2] from team-b", "not listed: 3"] == shown_text.splitlines()[-4:]


def test_a_name_cannot_fake_a_footnote() -> None:
    """Its bracket is escaped where numbers are shown; a piped table has no numbers."""
    columns = (Column("NAME"), Column("NOTE", rank=1, footnote=True))
    block = table(columns, ("ann [1]", "a long note on ann"), ("bob", "another"))

    assert ["NAME", "ann \\x5b1] [1]", "bob [2]"] == text(block, 20).splitlines()[:3]
    assert "ann [1]" in text(block, 0)


def test_an_empty_mark_is_no_footnote() -> None:
    """A dash says that there is nothing to say."""
    columns = (Column("NAME"), Column("NOTE", rank=1, footnote=True))

    assert "NAME\nann\nbob\n" == text(table(columns, ("ann", "-"), ("bob", "")), 6)


def test_what_still_does_not_fit_is_shortened_in_the_middle() -> None:
    """The widest cells first; narrow columns stay as they are."""
    block = table(
        (Column("NAME"), Column("KIND"), Column("ROLE")),
        ("user-carol-example-com-clusterrole-edit", "User", "kubeflow-kubernetes-edit"),
    )

    assert ["NAME             KIND  ROLE", "user-ca…le-edit  User  kubeflo…es-edit"] == (
        text(block, 38).splitlines()
    )
    assert "user-c...e-edit  User  kubefl...s-edit" == text(block, 38, unicode=False).splitlines()[1]


def test_wide_shows_everything() -> None:
    """Those who ask for it get lines that are longer than the terminal."""
    assert text(PEOPLE, 0, "wide") == text(PEOPLE, 40, "wide")
    assert "kubeflow-admin <- kubeflow-edit" in text(PEOPLE, 40, "wide")


def test_short_headers_come_before_columns_go() -> None:
    """They make room if the headers are what is wide."""
    block = table((Column("NOTEBOOKS", short="NOTES"), Column("SECRETS", rank=1)), ("all", "-"))

    assert "NOTEBOOKS   SECRETS" == text(block, 19).splitlines()[0]
    assert "NOTES  SECRETS" == text(block, 14).splitlines()[0]
    assert "NOTES" == text(block, 8).splitlines()[0]


def test_prose_wraps_in_its_column() -> None:
    """What is beside it stays on the first line."""
    message = "no AuthorizationPolicy lets them reach the workloads"
    block = table(
        (Column("OBJECT"), Column("MESSAGE", prose=True), Column("ID", rank=9)), ("Role", message, "x-y")
    )

    assert [
        "OBJECT   MESSAGE                               ID",
        "Role     no AuthorizationPolicy lets them      x-y",
        "         reach the workloads",
    ] == text(block, 50).splitlines()
    assert f"OBJECT   MESSAGE{' ' * 48}ID\nRole     {message}   x-y\n" == text(block, 0)


def test_a_word_that_is_too_wide_for_its_column_stands_alone() -> None:
    """It begins further left, so that it is whole; a word longer than the terminal is shortened."""
    columns = (Column("OBJECT"), Column("MESSAGE", prose=True))
    block = table(columns, ("a-role", f"it lets {'x' * 31} in"), ("b-role", "y" * 60), headers=False)

    assert [
        "a-role  it lets",
        f"        {'x' * 31}",
        "        in",
        "b-role",
        f"{'y' * 20}…{'y' * 19}",
    ] == text(block, 40).splitlines()


def test_what_all_rows_share_is_a_line() -> None:
    """On a terminal, and only where there are several rows; wide and piped output have the column."""
    columns = (Column("NAME"), Column("NAMESPACE", shared="all in namespace {}"))
    both = table(columns, ("ann", "team-a"), ("bob", "team-a"))

    assert "NAME\nann\nbob\n\nall in namespace team-a\n" == text(both, 80)
    for block, width, form in (
        (both, 0, "table"),
        (both, 80, "wide"),
        (table(columns, ("ann", "team-a")), 80, "table"),
    ):
        assert "ann    team-a" in text(block, width, form).splitlines()
    assert "bob    team-b" in text(table(columns, ("ann", "team-a"), ("bob", "team-b")), 80)
    assert "NAMESPACE\nteam-a\nteam-a\n" == text(table(columns[1:], ("team-a",), ("team-a",)), 80)


MARKED = table(
    (Column("NAME"), MARKS, Column("NOTE")),
    ("ann", "", "fine"),
    ("bob", MARK_LOOK, ""),
    ("cat", MARK_ERROR, "no"),
)


def test_marks_stand_in_front_of_their_rows() -> None:
    """Only on a terminal, and only if a row has one."""
    assert "  NAME   NOTE\n  ann    fine\n! bob\nx cat    no\n" == text(MARKED, 80)
    assert "NAME   NOTE\nann    fine\nbob\ncat    no\n" == text(MARKED, 0)
    assert ["NAME,NOTE", "ann,fine", "bob,", "cat,no"] == text(MARKED, 80, "csv").splitlines()
    assert "| NAME | NOTE |" == text(MARKED, 80, "markdown").splitlines()[0]
    unmarked = table(MARKED.columns, ("ann", "", "fine"))
    assert "NAME   NOTE\nann    fine\n" == text(unmarked, 80)


def test_marks_say_how_bad_it_is() -> None:
    """Red for an error, yellow for what deserves a look; cells of a grid have weights."""
    rows = (
        ("a", MARK_ERROR, Cell("all", Tone.ALL)),
        ("b", MARK_LOOK, Cell("read", Tone.READ)),
        ("c", "?", Cell("-", Tone.NOTHING)),
    )
    block = table(MARKED.columns, *rows, headers=False)

    assert [
        "\x1b[31mx\x1b[0m a   \x1b[1mall\x1b[0m",
        "\x1b[33m!\x1b[0m b   read",
        "\x1b[33m?\x1b[0m c   \x1b[2m-\x1b[0m",
    ] == text(block, 80, color=True).splitlines()


def test_marks_are_sorted_with_their_rows() -> None:
    """The mark stays with its row."""
    report = Report("Thing", blocks=(MARKED,), table=MARKED)
    lines = "".join(rendered(Response(report), "table", Style(columns=80, sort_by="note"))).splitlines()

    assert ["! bob", "  ann    fine", "x cat    no"] == lines[1:]


def test_a_table_can_be_indented_and_without_headers() -> None:
    """Marks take the last two blanks of its indent, so that its rows stay in their place."""
    block = table(MARKED.columns, ("core", "", "ok"), ("kserve", MARK_LOOK, "no"), headers=False, indent=4)

    assert "    core     ok\n  ! kserve   no\n" == text(block, 80)
    assert "    core     ok\n    kserve   no\n" == text(block, 0)


def test_colour_does_not_change_the_places() -> None:
    """Padding depends on what is seen."""
    rows = ((Cell("中", Tone.ALL), "b"), ("a", Cell("-", Tone.NOTHING)))
    block = table((Column("NAME"), Column("NOTE")), *rows)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text(block, 80, color=True))

    assert text(block, 80) == plain == text(block, 0)


# --- random tables of names that attack a terminal ---


def cell(draw: random.Random) -> str:
    """Return a name, sometimes a short word or nothing."""
    return draw.choice(["", "-", "yes", "edit", *(shown(draw.choice(NAMES)) for _ in range(8))])


def prose(draw: random.Random) -> str:
    """Return a sentence with names; none is longer than a terminal."""
    names = [name for name in map(listed, NAMES) if wcwidth.wcswidth(name) < 40]
    return " ".join(draw.choice(names) if draw.random() < 0.3 else "word" for _ in range(draw.randint(1, 30)))


def random_table(draw: random.Random) -> tuple[list[Column], list[list[str]]]:
    """Return columns named H0, H1, … of any ranks, perhaps with notes and prose, and some rows."""
    count = draw.randint(1, 7)
    ranks = [0, *(draw.choice([0, 0, 1, 2, 3]) for _ in range(count - 1))]
    columns = [
        Column(f"H{at}", rank=rank, footnote=bool(rank) and draw.random() < 0.3)
        for at, rank in enumerate(ranks)
    ]
    if count > 1 and draw.random() < 0.5:
        columns[-1] = columns[-1]._replace(prose=True)
    rows = [
        [prose(draw) if column.prose else cell(draw) for column in columns] for _ in range(draw.randint(1, 6))
    ]
    for number, row in enumerate(rows):
        row[0] = f"{number}:{row[0]}"  # a row that begins with a blank continues the one above it
    return columns, rows


def places_of(line: str) -> list[str]:
    """Return the columns of a terminal: a wide character takes two, a mark joins the character before it."""
    places: list[str] = []
    for end, char in enumerate(line, start=1):
        more = wcwidth.wcswidth(line[:end]) - len(places)
        places += [char, *[""] * (more - 1)] if more > 0 else []
        if more <= 0:
            places[-1] += char
    return places


def cells_of(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield the cells of each row, cut where the headers begin; lines that start with a blank go on."""
    starts = [match.start() for match in re.finditer(r"\S+", lines[0])]
    row: list[str] = []
    for line in lines[1:]:
        if line.startswith(" "):
            row[-1] = f"{row[-1]} {line.strip(' ')}".strip(" ")
            continue
        if row:
            yield row
        places = places_of(line)
        row = [
            "".join(places[start:end]).strip(" ")
            for start, end in zip(starts, [*starts[1:], None], strict=True)
        ]
    yield row


def is_short_for(short: str, whole: str) -> bool:
    """Whether *short* is *whole*, or has its ends around dots."""
    start, dots, end = short.partition(DOTS)
    return short == whole.strip(" ") or bool(dots and whole.startswith(start) and whole.endswith(end))


def check(columns: Sequence[Column], rows: Sequence[Sequence[str]], lines: list[str]) -> None:
    """Fail unless each cell is in its place, in a footnote, or in a column that was dropped by its rank."""
    above, _, below = "\n".join(lines).partition("\n\n")
    kept = [int(header[1:]) for header in above.splitlines()[0].split()]
    dropped = [at for at in range(len(columns)) if at not in kept]
    ranks = [columns[at].rank for at in kept if columns[at].rank]
    assert all(columns[at].rank >= max(ranks, default=1) for at in dropped)
    footnotes = dict(re.findall(r"^\[(\d+)\]\s((?:.|\n(?!\[\d))*)", below, re.MULTILINE))
    shown_rows = list(cells_of(above.splitlines()))
    assert len(rows) == len(shown_rows)
    for row, cells in zip(rows, shown_rows, strict=True):
        notes = [row[at] for at in dropped if columns[at].footnote and row[at] not in ("", "-")]
        numbers = re.findall(r" \[(\d+)\]", cells[0])[-len(notes) :] if notes else []
        assert [note.split() for note in notes] == [footnotes[number].split() for number in numbers]
        first = cells[0].removesuffix("".join(f" [{number}]" for number in numbers))
        for text_shown, at in zip((first, *cells[1:]), kept, strict=True):
            assert is_short_for(text_shown, row[at]) or columns[at].prose, (text_shown, row[at])
            assert not columns[at].prose or row[at].split(" ") == text_shown.split(" "), (text_shown, row[at])


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_a_random_table_fits_and_loses_nothing(columns: int) -> None:
    """Cut where its headers begin, each row has its cells, and no line is longer than the terminal."""
    draw = random.Random(SEED)

    for number in range(150):
        heads, rows = random_table(draw)
        lines = text(table(heads, *rows), columns).splitlines()

        too_long = [line for line in lines if wcwidth.wcswidth(line) > columns]
        # A footnote is prose, in which a word that is longer than the terminal runs over
        assert [] == [line for line in too_long if " " in line], f"seed {SEED}, {number}"
        assert [] == too_long or "\n\n" in "\n".join(lines[: lines.index(too_long[0])])
        check(heads, rows, lines)


def test_a_random_table_is_whole_when_it_is_piped() -> None:
    """All columns, and nothing is wrapped or shortened."""
    draw = random.Random(SEED)

    for number in range(150):
        heads, rows = random_table(draw)
        lines = text(table(heads, *rows), 0).splitlines()

        assert [column.header for column in heads] == lines[0].split()
        assert [[part.strip(" ") for part in row] for row in rows] == list(cells_of(lines)), (
            f"{SEED}, {number}"
        )
