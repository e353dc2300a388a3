"""Aligned tables: both writers give the same bytes, and wide characters are measured."""

from __future__ import annotations

import random
import string
import subprocess
import sys

import pytest

from kubectl_kfaccess.output.table import LONG, plain_lines, table, tabulate_lines

SEED = 20_260_502
PRINTABLE = string.ascii_letters + string.digits + string.punctuation


def cell(draw: random.Random) -> str:
    """Return a random cell as in reports: printable, with single spaces, sometimes empty or a number."""
    if draw.random() < 0.15:
        return draw.choice(["", "0", "1e3", "-1.50", "007", "True", "None", "nan", "1,000", "0x1f"])
    words = ["".join(draw.choices(PRINTABLE, k=draw.randint(1, 9))) for _ in range(draw.randint(1, 3))]
    return " ".join(words)


def ascii_table(draw: random.Random) -> tuple[list[str], list[list[str]]]:
    """Return random headers, sometimes none, and a few rows."""
    columns = draw.randint(1, 6)
    headers = [cell(draw).upper() or "X" for _ in range(columns)] if draw.random() < 0.8 else []
    return headers, [[cell(draw) for _ in range(columns)] for _ in range(draw.randint(1, 8))]


def test_both_writers_give_the_same_bytes() -> None:
    """For ASCII texts the plain writer draws the same as tabulate."""
    draw = random.Random(SEED)

    for _ in range(1_000):
        headers, rows = ascii_table(draw)
        by_tabulate = [line.rstrip() for line in tabulate_lines(headers, rows)]

        assert by_tabulate == [line.rstrip() for line in plain_lines(headers, rows)], (
            f"seed {SEED}: {headers!r} {rows!r}"
        )


@pytest.mark.parametrize("beyond", [0, 1], ids=["at the limit", "beyond the limit"])
def test_a_long_table_looks_like_a_short_one(beyond: int) -> None:
    """The number of rows decides which writer draws the table, not how it looks."""
    rows = [["a", "b" * 5], ["1.10", ""]] * (LONG // 2) + [["a", ""]] * beyond

    lines = table(["NAME", "VALUE"], rows).splitlines()

    assert ["NAME   VALUE", "a      bbbbb", "1.10"] == lines[:3]
    assert len(rows) + 1 == len(lines)


def test_columns_are_three_spaces_apart() -> None:
    """As in kubectl: headers first, columns as wide as their widest cell, no trailing spaces."""
    assert (
        "NAMESPACE   NAME\n"
        "team-a      alice@example.com\n"
        "team-b\n"
    ) == table(["NAMESPACE", "NAME"], [["team-a", "alice@example.com"], ["team-b", ""]])  # fmt: skip


def test_without_headers_there_is_no_header_line() -> None:
    """Only the rows decide the widths."""
    assert "a   bb\n" == table([], [["a", "bb"]])


def test_text_stays_text() -> None:
    """A cell that looks like a number is neither aligned nor rewritten as a number."""
    assert "N\n1e3\n007\n" == table(["N"], [["1e3"], ["007"]])


def test_columns_line_up_beside_wide_letters() -> None:
    """A cell is padded according to its width on the screen."""
    assert (
        "NAME      NEXT\n"
        "中村      a\n"
        "cafe\u0301 au   b\n"
    ) == table(["NAME", "NEXT"], [["中村", "a"], ["cafe\u0301 au", "b"]])  # fmt: skip


def test_a_table_in_ascii_does_not_import_wcwidth() -> None:
    """Its import would take longer than most tables."""
    code = (
        "import sys; from kubectl_kfaccess.output.table import table; "
        "from kubectl_kfaccess.terminal.wrapping import width; "
        "table(['A'], [['a']]); assert 'tabulate' in sys.modules; assert 'wcwidth' not in sys.modules; "
        "assert width('中') == 2; assert 'wcwidth' in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
