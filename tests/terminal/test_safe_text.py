"""Text from a cluster is made safe to show: it cannot control, hide or deceive, and nothing is lost."""

from __future__ import annotations

import csv
import io
import itertools
import json
import random
import unicodedata
from collections.abc import Callable

import pytest

from kubectl_kfaccess.terminal.safe_text import ascii_json, csv_cell, line, listed, markdown_cell, part, shown

SEED = 20_260_501

# Characters that attacks use, and some harmless ones; few in all, so that random names are often similar
ALPHABET = (
    "ab\\x1b5cu0<>none &#;.|`*_[]~!$=+-@'\"中é"
    "\t\r\n\x00\x1b\x7f\x85\xa0\xad\u0301\u200b\u202e\u2028\ufeff\U000e0041"
)


def names(seed: int, count: int) -> list[str]:
    """Return *count* short random names; many of them differ in one character only."""
    draw = random.Random(seed)
    return ["".join(draw.choices(ALPHABET, k=draw.randrange(6))) for _ in range(count)]


@pytest.mark.parametrize(
    "function", [shown, part, listed, markdown_cell, csv_cell], ids=lambda case: case.__name__
)
def test_different_names_are_shown_differently(function: Callable[[str], str]) -> None:
    """No two names have the same text."""
    name_by_text: dict[str, str] = {}

    for name in names(SEED, 15_000):
        text = function(name)

        assert name == name_by_text.setdefault(text, name), (
            f"seed {SEED}: `{name!r}` and `{name_by_text[text]!r}`"
        )


@pytest.mark.parametrize(
    "chain",
    [
        pytest.param(lambda name: csv_cell(shown(name)), id="csv"),
        pytest.param(lambda name: markdown_cell(shown(name)), id="markdown"),
        pytest.param(lambda name: line(shown(name)), id="a message"),
    ],
)
def test_names_differ_in_every_format(chain: Callable[[str], str]) -> None:
    """Names that are safe for a terminal still differ in a cell of another format."""
    name_by_text: dict[str, str] = {}

    for name in names(SEED + 1, 15_000):
        text = chain(name)

        assert name == name_by_text.setdefault(text, name), (
            f"seed {SEED + 1}: `{name!r}` and `{name_by_text[text]!r}`"
        )


@pytest.mark.parametrize("function", [shown, part, listed, line], ids=lambda case: case.__name__)
def test_no_character_controls_hides_or_reorders(function: Callable[[str], str]) -> None:
    """The text is printable, and its only white space is the plain space."""
    for name in names(SEED + 2, 5_000):
        text = function(name)

        assert text.isprintable(), f"seed {SEED + 2}: {name!r} is shown as {text!r}"


def test_every_character_of_unicode_is_printable_or_escaped() -> None:
    """No character that a terminal might obey gets through."""
    hidden = {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp", "Zs"}

    text = shown("".join(f"{chr(code)}a" for code in range(0x110000)))

    assert set() == {c for c in text if c != " " and unicodedata.category(c) in hidden}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("alice@example.com", "alice@example.com", id="an ordinary name"),
        pytest.param("", "<none>", id="the empty name"),
        pytest.param("<none>", "\\x3cnone>", id="a name like a placeholder"),
        pytest.param("<all>", "\\x3call>", id="a name like the whole cluster"),
        pytest.param("a<b", "a<b", id="an angle bracket inside"),
        pytest.param("-", "\\x2d", id="a name like the mark for nothing"),
        pytest.param("?", "\\x3f", id="a name like the mark for what is not known"),
        pytest.param("--", "--", id="two dashes"),
        pytest.param("\x1b[31mred", "\\x1b[31mred", id="a terminal's colour"),
        pytest.param("a\\x1bb", "a\\x5cx1bb", id="a backslash, as if escaped already"),
        pytest.param("a\\x5Cb", "a\\x5cx5Cb", id="as if a backslash was escaped already"),
        pytest.param("a\\u202eb", "a\\x5cu202eb", id="as if a long escape was there"),
        pytest.param("a\\U000E0041", "a\\x5cU000E0041", id="as if the longest escape was there"),
        pytest.param("CORP\\tim", "CORP\\tim", id="a Windows name"),
        pytest.param("CORP\\uma", "CORP\\uma", id="a Windows name that is no escape"),
        pytest.param("CORP\\u1234567", "CORP\\u1234567", id="a Windows name with a number"),
        pytest.param("CORP\\xabel", "CORP\\xabel", id="a Windows name that would be a quotation mark"),
        pytest.param("CORP\\xadam", "CORP\\x5cxadam", id="a Windows name that begins a real escape"),
        pytest.param("CORP\\U99999999", "CORP\\U99999999", id="a number beyond Unicode"),
        pytest.param("CORP\\_svc$", "CORP\\_svc$", id="a Windows account of a service"),
        pytest.param("CORP\\.", "CORP\\.", id="a backslash before a sign"),
        pytest.param("a\\", "a\\", id="a backslash behind"),
        pytest.param("a\\\\b", "a\\\\b", id="two backslashes"),
        pytest.param("a\\\x1b", "a\\\\x1b", id="a backslash before an escape"),
        pytest.param("a\nb", "a\\x0ab", id="a line's end"),
        pytest.param("a\u202eb", "a\\u202eb", id="right to left"),
        pytest.param("a\u200bb", "a\\u200bb", id="no width"),
        pytest.param("\U000e0041", "\\U000e0041", id="beyond the basic plane"),
        pytest.param("a b", "a b", id="one inner space"),
        pytest.param("a  b", "a \\x20b", id="two inner spaces, which would end a column"),
        pytest.param(" a", "\\x20a", id="a space in front"),
        pytest.param("a ", "a\\x20", id="a space behind"),
        pytest.param("a\xa0b", "a\\xa0b", id="another kind of space"),
        pytest.param("\u0301a", "\\u0301a", id="an accent on nothing"),
        pytest.param("e\u0301", "e\u0301", id="an accent on a letter"),
        pytest.param("中村", "中村", id="Chinese"),
        pytest.param("\ud800", "\\ud800", id="half of a pair"),
    ],
)
def test_a_name_is_escaped_where_it_could_deceive(name: str, expected: str) -> None:
    """Escapes are written as in Python; everything else is shown as it is."""
    assert expected == shown(name)


@pytest.mark.parametrize(
    ("name", "separators", "expected"),
    [
        pytest.param("team-a", " /,", "team-a", id="nothing to escape"),
        pytest.param("a/b", " /,", "a\\x2fb", id="a slash"),
        pytest.param("a b,c", " /,", "a\\x20b\\x2cc", id="a space and a comma"),
        pytest.param("a/b c", " ,", "a/b\\x20c", id="other separators"),
        pytest.param("a\\/b", " /,", "a\\\\x2fb", id="a backslash before the separator"),
    ],
)
def test_a_part_of_a_composed_text_has_no_separator(name: str, separators: str, expected: str) -> None:
    """`NAMESPACE/NAME` can be split again."""
    assert expected == part(name, separators)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("arn:aws:iam::111122223333:role/ml", "arn:aws:iam::111122223333:role/ml", id="a role"),
        pytest.param("ldap://CN=ML Team,OU=x", "ldap://CN=ML Team,OU=x", id="a group of a directory"),
        pytest.param("CN=a, OU=b", "CN=a,\\x20OU=b", id="a comma and a blank"),
        pytest.param("a,,", "a,,", id="commas behind"),
        pytest.param(", ", ",\\x20", id="only a separator"),
    ],
)
def test_a_listed_name_is_as_it_is_but_for_a_whole_separator(name: str, expected: str) -> None:
    """People compare such names with the lists of the cloud or the directory."""
    assert expected == listed(name)


def test_lists_of_names_differ_and_can_be_split() -> None:
    """The first separator ends the first name, whatever the names are."""
    draw = random.Random(SEED + 5)
    some = ["".join(draw.choices("a, <-\\/", k=draw.randrange(1, 5))) for _ in range(3_000)]

    for first, second in itertools.pairwise(some):
        cell = f"{listed(first)}, {listed(second)}"

        assert [listed(first), listed(second)] == cell.split(", "), f"seed {SEED + 5}: {first!r}, {second!r}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("cannot read `a b`: no such file", "cannot read `a b`: no such file", id="plain"),
        pytest.param("two\nlines", "two\\x0alines", id="a line's end"),
        pytest.param("a  b", "a  b", id="spaces"),
        pytest.param("\x1b[2J", "\\x1b[2J", id="a terminal's command"),
    ],
)
def test_a_message_is_one_line(text: str, expected: str) -> None:
    """Messages keep their spaces; control characters are escaped."""
    assert expected == line(text)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'", *"＝＋－＠"], ids=ascii)
def test_a_csv_cell_is_not_a_formula(start: str) -> None:
    """A cell that a spreadsheet would read as a formula starts with an apostrophe."""
    assert f"'{start}1+1" == csv_cell(f"{start}1+1")


def test_a_csv_cell_keeps_other_text() -> None:
    """Text that is not a formula stays as it is."""
    assert "alice+1@example.com" == csv_cell("alice+1@example.com")


def test_csv_cells_are_read_back() -> None:
    """A CSV reader gets the cells back exactly."""
    written = [csv_cell(shown(name)) for name in names(SEED + 3, 2_000)]
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(written)

    assert [written] == list(csv.reader([stream.getvalue()])), f"seed {SEED + 3}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a|b", "a&#124;b", id="a cell's end"),
        pytest.param("<script>", "&#60;script&#62;", id="a tag"),
        pytest.param("&lt;", "&#38;lt;", id="an entity"),
        pytest.param("`rm`", "&#96;rm&#96;", id="code"),
        pytest.param("**a**", "&#42;&#42;a&#42;&#42;", id="bold"),
        pytest.param("a_b_c", "a&#95;b&#95;c", id="italics"),
        pytest.param("[a](b)", "&#91;a&#93;(b)", id="a link"),
        pytest.param("![a](b)", "&#33;&#91;a&#93;(b)", id="an image"),
        pytest.param("https://a", "https&#58;//a", id="an address"),
        pytest.param("HTTP://a", "HTTP&#58;//a", id="an address in capitals"),
        pytest.param("www.example.com", "www&#46;example.com", id="an address without scheme"),
        pytest.param("@team", "&#64;team", id="a mention"),
        pytest.param("by @name/team", "by &#64;name/team", id="a mention of a team in a text"),
        pytest.param("(@team)", "(&#64;team)", id="a mention in brackets"),
        pytest.param("é@team", "é&#64;team", id="a mention after a letter that GitHub does not know"),
        pytest.param("a/b@0123abc", "a/b&#64;0123abc", id="a commit"),
        pytest.param("GH-1 and gh-22", "GH&#45;1 and gh&#45;22", id="an issue"),
        pytest.param("HIGH-1 GH-x", "HIGH-1 GH-x", id="no issue"),
        pytest.param("alice@example.com", "alice@example.com", id="an e-mail"),
        pytest.param("alice@abcdefa.com", "alice@abcdefa.com", id="an e-mail like a commit"),
        pytest.param("#12", "&#35;12", id="a reference"),
        pytest.param("- a", "&#45; a", id="a list"),
        pytest.param("1. a", "1&#46; a", id="a numbered list"),
        pytest.param("a\\|b", "a&#92;&#124;b", id="a backslash before the cell's end"),
    ],
)
def test_a_markdown_cell_holds_no_markup(text: str, expected: str) -> None:
    """Markup becomes entities, so that it is shown and not interpreted."""
    assert expected == markdown_cell(text)


def test_json_beyond_ascii_is_escaped_and_keeps_its_value() -> None:
    """The text is printable ASCII, and a JSON reader gets the same value."""
    for name in names(SEED + 4, 5_000):
        text = ascii_json(json.dumps([name], ensure_ascii=False))

        assert text.isascii()
        assert text.isprintable()
        assert [name] == json.loads(text), f"seed {SEED + 4}"


def test_json_beyond_the_basic_plane_is_a_pair_of_escapes() -> None:
    """JSON escapes such a character as two UTF-16 units."""
    assert '"\\ud83d\\ude00"' == ascii_json('"\U0001f600"')
