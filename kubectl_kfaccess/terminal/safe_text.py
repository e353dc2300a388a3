r"""
Text that is safe to show: names are chosen by tenants, so any of them may be an attack on the reader.

Every function for names is injective: two names that differ still differ when they are shown, and what is
shown can be read back. (`line` is for whole sentences, which nobody reads back.) Escapes are written as
Python writes them (`\x1b`, `\u202e`); placeholders such as `<all>` begin with `<`, so a name that begins so
has that character escaped, and so has one that is a mark for nothing or for what is not known.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Shown as they are: letters, marks, numbers, punctuation, symbols and single inner spaces.
_PLAIN = re.compile(r"[!-;=-\[\]-~](?:[!-\[\]-~]| (?=[!-\[\]-~]))*")
_HIDDEN = frozenset(("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp", "Zs"))
# Letters and marks that show nothing: Unicode's Default_Ignorable_Code_Point, and the blank of Braille
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
EMPTY = "<none>"
NOTHING = "-"
"""The mark of a cell in which there is nothing."""
UNKNOWN = "?"
"""The mark of a cell of which it is not known what there is."""

_MARKS = frozenset((NOTHING, UNKNOWN))


@lru_cache(maxsize=65536)
def shown(name: str) -> str:
    """Return *name* for a terminal: nothing in it controls, hides, reorders or ends a column."""
    if name in _MARKS:
        return _escaped(name)
    if _PLAIN.fullmatch(name):
        return name
    if not name:
        return EMPTY
    last = len(name) - 1
    return "".join(_character(name, at, inner=0 < at < last) for at in range(len(name)))


@lru_cache(maxsize=65536)
def part(name: str, separators: str = " /,") -> str:
    """Return *name* for a place in a composed text, where any of *separators* ends it."""
    return re.sub(f"[{re.escape(separators)}]", lambda found: _escaped(found[0]), shown(name))


def line(text: str) -> str:
    """Return *text*, a message that may quote names, as one line that controls nothing."""
    return "".join(_escaped(c) if c != " " and _is_hidden(c) else c for c in text)


def csv_cell(text: str) -> str:
    """Return *text* for a spreadsheet: what it would take for a formula is quoted by an apostrophe."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "'", "\t", "\r") else text


def markdown_cell(text: str) -> str:
    """Return *text* for a cell of a Markdown table: neither markup, HTML nor a link."""
    return _LINK.sub(lambda found: found[0][:-1] + _entity(found[0][-1]), _MARKUP.sub(_entity_of, text))


def ascii_json(text: str) -> str:
    """Return JSON *text* with everything beyond printable ASCII escaped, which changes no value."""
    return text if _ASCII.fullmatch(text) else _BEYOND.sub(_json_escape, text)


_MARKUP = re.compile(r"[\\|<>&`*_\[\]~#!$]|^[@+-]|(?<=\d)\.")
_LINK = re.compile(r"https?:|ftp:|mailto:|www\.", re.IGNORECASE)
_ASCII = re.compile(r"[\n -~]*")
_BEYOND = re.compile(r"[^\n -~]")


def _character(name: str, at: int, *, inner: bool) -> str:
    character = name[at]
    if character == " " and inner and name[at - 1] != " ":
        return character
    if character == "\\":
        return "\\\\"
    if (character == "<" and at == 0) or _is_hidden(character):
        return _escaped(character)
    # A mark with nothing before it would join the text in front of the name
    return _escaped(character) if at == 0 and unicodedata.category(character)[0] == "M" else character


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN or bool(_BLANK.match(character))


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _entity_of(found: re.Match[str]) -> str:
    return _entity(found[0])


def _entity(character: str) -> str:
    return f"&#{ord(character)};"


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
