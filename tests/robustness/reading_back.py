"""How a reader takes each output format: rows of named cells, without any of the program's own code."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import wcwidth
import yaml

from tests.robustness.names import INVISIBLE

Row = dict[str, str]

# Categories of characters that steer a terminal, hide, or turn the text around
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")


def unseen(text: str) -> list[str]:
    """Return the characters of *text* that do anything but show themselves, except the ends of lines."""
    return sorted({char for char in text if unicodedata.category(char) in _UNSEEN and char != "\n"})


def unescaped(cell: str) -> str:
    """
    Return the name that a cell shows: its escapes are Python's.

    Only what could harm or end a name is escaped, so `\\x` before the number of a letter is part of the name.
    """
    return _ESCAPE.sub(_unescaped, cell)


def _unescaped(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2] or escape[3], 16)
    return escape[0] if code > 0x10FFFF or _is_plain(chr(code)) else chr(code)


def _is_plain(char: str) -> bool:
    """Whether nobody has a reason to escape the character."""
    if char.isascii():
        return char.isalnum()
    return unicodedata.category(char)[0] in "LNPS" and char not in INVISIBLE


def table(text: str) -> Iterator[Row]:
    """Yield the rows of a table, cut where its headers begin, as a terminal shows them."""
    header, *lines = text.splitlines()
    starts = [match.start() for match in re.finditer(r"\S+", header)]
    ends = [*starts[1:], None]
    for line in lines:
        places = _columns(line)
        cells = ["".join(places[start:end]).rstrip() for start, end in zip(starts, ends, strict=True)]
        yield dict(zip(header.split(), cells, strict=True))


def _columns(line: str) -> list[str]:
    """Return the columns of a terminal: a wide character takes two, a mark joins the character before it."""
    places: list[str] = []
    for end, char in enumerate(line, start=1):
        more = wcwidth.wcswidth(line[:end]) - len(places)
        if more > 0:
            places += [char, *[""] * (more - 1)]
        else:
            places[-1] += char
    return places


def comma_separated(text: str) -> Iterator[Row]:
    """Yield the rows of CSV; an apostrophe keeps a spreadsheet from calculating a cell, `-` says nothing."""
    for row in csv.DictReader(io.StringIO(text, newline="")):
        assert not any(cell[:1] in tuple("=+-@\t\r＝＋－＠") for cell in row.values() if cell != "-"), row
        yield {name: cell.removeprefix("'") for name, cell in row.items()}


def markdown(text: str) -> Iterator[Row]:
    """Yield the rows of a Markdown table, whose cells hold no markup but entities."""
    header, _, *lines = [
        line.removeprefix("| ").removesuffix(" |").split(" | ")
        for line in [line for line in text.splitlines() if line.startswith("|")]
    ]
    for line in lines:
        assert not re.search(r"[<>*_`\[\]\\$~]|https?:", " ".join(line)), line
        yield dict(zip(header, (html.unescape(cell) for cell in line), strict=True))


ROWS: dict[str, Callable[[str], Iterator[Row]]] = {
    "table": table,
    "wide": table,
    "csv": comma_separated,
    "markdown": markdown,
}


def items(text: str, form: str) -> list[dict[str, Any]]:
    """Return the items of a machine format."""
    if form == "jsonl":
        return [json.loads(line) for line in text.splitlines()]
    content = json.loads(text) if form == "json" else yaml.load(text, yaml.CSafeLoader)
    return list(content["items"])


def cases_of_junit(text: str) -> list[str]:
    """Return the names of the test cases in a JUnit report."""
    return [case.attrib["name"] for case in ElementTree.fromstring(text).iter("testcase")]
