"""Text on a terminal: measured in columns, wrapped at blanks, shortened in the middle."""

from __future__ import annotations

import random
import re

import pytest

from kubectl_kfaccess.terminal.safe_text import listed, shown
from kubectl_kfaccess.terminal.wrapping import beside, hanging, shortened, width, wrapped
from tests.robustness.names import NAMES

SEED = 20_261_129
WIDTHS = (20, 80, 120, 200)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("abc", 3, id="ASCII"),
        pytest.param("é", 1, id="a letter with its accent"),
        pytest.param("e\u0301", 1, id="a letter and an accent"),
        pytest.param("a\u20dd", 1, id="an enclosing mark"),
        pytest.param("中村", 4, id="Chinese"),
        pytest.param("ｱ", 1, id="half-width Japanese"),
        pytest.param("Ａ", 2, id="full-width Latin"),
        pytest.param("한국", 4, id="Korean"),
        pytest.param("😀", 2, id="an emoji"),
        pytest.param("👍🏽", 2, id="an emoji with a skin tone"),
        pytest.param("👩‍👩‍👧", 2, id="an emoji of several"),
        pytest.param("각", 2, id="Korean in parts"),
        pytest.param("中\x1b村", 4, id="a control character"),
    ],
)
def test_width_is_counted_in_columns_of_a_terminal(text: str, expected: int) -> None:
    """East Asian letters take two columns, combining marks take none."""
    assert expected == width(text)


def sentence(draw: random.Random) -> str:
    """Return a random sentence with names that attack a terminal, and with runs of blanks."""
    words = [
        listed(draw.choice(NAMES)) if draw.random() < 0.4 else "x" * draw.randint(1, 12) for _ in range(30)
    ]
    return "".join(f"{word}{' ' * draw.choice((1, 1, 1, 3))}" for word in words).rstrip()


@pytest.mark.parametrize("columns", WIDTHS)
def test_no_line_is_longer_than_the_terminal_but_a_word_alone(columns: int) -> None:
    """Every word is whole, and all words are there in their order."""
    draw = random.Random(SEED)

    for _ in range(300):
        text = f"{' ' * draw.choice((0, 2, 6))}{sentence(draw)}"
        lines = hanging(text, columns)

        assert re.findall("[^ ]+", text) == re.findall("[^ ]+", " ".join(lines)), f"seed {SEED}: {text!r}"
        assert [] == [line for line in lines if width(line) > columns and " " in line], f"{SEED}: {text!r}"


def test_a_text_is_wrapped_at_blanks_only() -> None:
    """Other white space belongs to its word: a name can contain it."""
    assert ["no\u00a0break", "  a\tb"] == wrapped("no\u00a0break a\tb", 9, hang=2)


def test_a_text_that_fits_stays_as_it_is() -> None:
    """Its blanks too. Without a terminal, any text fits."""
    assert ["  a   b "] == wrapped("  a   b ", 8)
    assert ["a " * 200] == wrapped("a " * 200, 0)


def test_a_line_is_filled() -> None:
    """The next word would not fit: each line but the last is as full as it can be."""
    assert ["a bb", "ccc d", "eeee"] == wrapped("a bb ccc d eeee", 5)
    assert ["  a bb", "    cc"] == hanging("  a bb cc", 6)


def test_a_word_that_does_not_fit_stands_alone() -> None:
    """It is indented less if that lets it fit."""
    assert ["see", "x" * 12, "  for more"] == wrapped(f"see {'x' * 12} for more", 10, hang=2)
    assert ["see", f" {'x' * 9}", "    more"] == wrapped(f"see {'x' * 9} more", 10, hang=4)


def test_a_label_stands_beside_the_first_line() -> None:
    """Further lines start where the first one does; a word too long for that place goes below the label."""
    assert ["why   a b", "      c"] == [*beside("why", ["a b", "c"], 6, 80)]
    assert ["why", " " * 2 + "x" * 8, "      c"] == [*beside("why", ["x" * 8, "c"], 6, 10)]
    assert ["closest match: a", "      c"] == [*beside("closest match:", ["a", "c"], 6, 80)]
    assert ["      a"] == [*beside("", ["a"], 6, 80)]


@pytest.mark.parametrize("dots", ["...", "…"])
@pytest.mark.parametrize("columns", [1, 3, 5, 8, 33])
def test_a_short_text_has_the_ends_of_the_long_one(columns: int, dots: str) -> None:
    """It never takes more room than there is, and its second part does not begin with a combining mark."""
    for text in map(shown, NAMES):
        short = shortened(text, columns, dots)

        assert width(short) <= columns
        if short != text and columns > len(dots) + 1:
            start, end = short.split(dots, 1) if dots not in text else ("", "")
            assert text.startswith(start), text
            assert text.endswith(end), text
            assert not end or width(end[0]) or width(end) == 0, text


def test_a_text_is_shortened_in_its_middle() -> None:
    """Both ends tell names apart: generated names differ at the end."""
    assert "user-ca…le-edit" == shortened("user-carol-example-com-clusterrole-edit", 15, "…")
    assert "user-c...e-edit" == shortened("user-carol-example-com-clusterrole-edit", 15, "...")
    assert "中…中" == shortened("中中中中", 6, "…")
    assert "abc" == shortened("abc", 3, "…")
