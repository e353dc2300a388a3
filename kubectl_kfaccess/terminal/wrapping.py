"""The width of text on a terminal: measured in its columns, wrapped at blanks, shortened in the middle."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from types import ModuleType

# A word and the blanks before it; other white space is part of a word
_WORD = re.compile("( *)([^ ]+)")
HANG = 2


def width(text: str) -> int:
    """Return the number of terminal columns that *text* takes; control characters take none."""
    if text.isascii():
        return len(text)
    columns: int = _wcwidth().wcswidth(text)
    return columns if columns >= 0 else sum(map(_character_width, text))


def _character_width(character: str) -> int:
    return 1 if " " <= character <= "~" else max(0, _wcwidth().wcwidth(character))


def _wcwidth() -> ModuleType:
    import wcwidth  # slow to import, and only few texts need it

    return wcwidth


def wrapped(text: str, columns: int, hang: int = 0) -> list[str]:
    """
    Return *text* as lines of at most *columns*, all but the first indented by *hang*; 0 columns: one line.

    It is split at blanks only. A word that does not fit stands alone on its line, less indented if it has to
    be. Only a word that is wider than *columns* makes a line that is longer.
    """
    if not columns or width(text) <= columns:
        return [text]
    lines: list[str] = []
    line, taken = "", 0
    for blanks, word in _WORD.findall(text):
        size = width(word)
        if line and taken + len(blanks) + size <= columns:
            line, taken = f"{line}{blanks}{word}", taken + len(blanks) + size
            continue
        indent = min(hang if line else len(blanks), max(0, columns - size))
        lines += [line] if line else []
        line, taken = " " * indent + word, indent + size
    return [*lines, line]


def hanging(text: str, columns: int) -> list[str]:
    """Return *text* wrapped, with lines that start two columns further right than the first."""
    return wrapped(text, columns, len(text) - len(text.lstrip(" ")) + HANG)


def beside(label: str, lines: Iterable[str], column: int, columns: int) -> Iterator[str]:
    """Yield *lines*, indented by *column*, with *label* in front of the first; see `placed`."""
    start = label.ljust(column) if width(label) < column else f"{label} " if label else ""
    for line in lines:
        yield from placed(start, line, columns)
        start = " " * column


def placed(start: str, line: str, columns: int) -> Iterator[str]:
    """
    Yield *line* with *start* in front.

    If *line* is a word that is then wider than *columns*, it has a line of its own and is indented less.
    """
    word = line.lstrip(" ")
    if columns and " " not in word and width(start) + width(line) > columns:
        yield from (start.rstrip(" "),) if start.strip(" ") else ()
        yield " " * min(width(start), max(0, columns - width(word))) + word
    else:
        yield f"{start}{line}".rstrip(" ")


def shortened(text: str, columns: int, dots: str) -> str:
    """Return *text* in at most *columns*; if it does not fit, *dots* take the place of its middle."""
    if width(text) <= columns:
        return text
    room = columns - width(dots)
    if room < HANG:
        return _start(text, columns)
    end = _end(text, room // 2)
    return f"{_start(text, room - width(end))}{dots}{end}"


def _start(text: str, columns: int) -> str:
    """Return the longest start of *text* that takes at most *columns*."""
    at = taken = 0
    for character in text:
        taken += _character_width(character)
        if taken > columns:
            break
        at += 1
    while width(text[:at]) > columns:  # marks can make a letter wider
        at -= 1
    return text[:at]


def _end(text: str, columns: int) -> str:
    """Return the longest end of *text* that takes at most *columns*, and does not begin with a mark."""
    at, taken = len(text), 0
    while at and (taken := taken + _character_width(text[at - 1])) <= columns:
        at -= 1
    while at < len(text) and (not _character_width(text[at]) or width(text[at:]) > columns):
        at += 1
    return text[at:]
