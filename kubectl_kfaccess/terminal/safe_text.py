r"""
Text that is safe to show: tenants choose names, so any name can be an attack on the reader.

Every function for names is injective: two different names still differ when they are shown, and the name can
be recovered from what is shown. (`line` is for whole sentences, from which nobody recovers names.) Escapes
are written as in Python (`\x1b`, `\u202e`). A backslash stays as it is, but `\x5c` takes its place where it
would begin the escape of a character that is escaped, so that what looks like such an escape always is one.
Placeholders such as `<all>` start with `<`, so a leading `<` is escaped in names. So is a name that equals a
mark, `-` or `?`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# ASCII that is shown as it is: everything printable but `\` and a leading `<`; spaces single and inside only
_PLAIN = re.compile(r"[!-;=-\[\]-~](?:[!-\[\]-~]| (?=[!-\[\]-~]))*")
_HIDDEN = frozenset(("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp", "Zs"))
# Letters and marks that show nothing: Unicode's Default_Ignorable_Code_Point, and the blank of Braille
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# What a reader could take for an escape. In Windows' `DOMAIN\user` most are none: `\u1234` is a letter
_LIKE_AN_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))", re.IGNORECASE | re.ASCII)
MOST_CODE = 0x10FFFF
EMPTY = "<none>"
NOTHING = "-"
"""The mark of an empty cell."""
UNKNOWN = "?"
"""The mark of a cell whose content is unknown."""

_MARKS = frozenset((NOTHING, UNKNOWN))


@lru_cache(maxsize=65536)
def shown(name: str) -> str:
    """Return *name* for a terminal: without control, invisible or reordering characters or column breaks."""
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
    """Return *name* as a part of a text in which any of *separators* would end it."""
    return re.sub(f"[{re.escape(separators)}]", lambda match: _escaped(match[0]), shown(name))


def forget_names() -> None:
    """Forget the texts of names: an answer that is written piece by piece needs most of them once."""
    shown.cache_clear()
    part.cache_clear()


def listed(name: str, *separators: str) -> str:
    """
    Return *name* as one of several in a text, with any of *separators* between them; each ends with a blank.

    Blanks, commas and slashes stay as they are, and only a whole separator in the name is escaped.
    """
    text = shown(name)
    for separator in separators or (", ",):
        text = text.replace(separator, separator[:-1] + _escaped(separator[-1]))
    return text


def line(text: str) -> str:
    """Return *text*, a message that may quote names, as one line without control characters."""
    return "".join(_escaped(c) if c != " " and _is_hidden(c) else c for c in text)


def csv_cell(text: str) -> str:
    """Return *text* for a spreadsheet: an apostrophe is put before what would be read as a formula."""
    return f"'{text}" if text[:1] in _BEGINS_FORMULA else text


def markdown_cell(text: str) -> str:
    """Return *text* for a cell of a Markdown table, with markup, HTML and links escaped."""
    return _LINK.sub(lambda match: match[0][:-1] + _entity(match[0][-1]), _MARKUP.sub(_entity_of, text))


def ascii_json(text: str) -> str:
    """Return JSON *text* with all but printable ASCII escaped; the values stay the same."""
    return text if _ASCII.fullmatch(text) else _BEYOND.sub(_json_escape, text)


# The last four are full-width, which spreadsheets of East Asia take for the same
_BEGINS_FORMULA = ("=", "+", "-", "@", "'", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# An `@` after a letter or digit is that of an e-mail; before a hash, it is a commit of another repository
_MARKUP = re.compile(
    r"[\\|<>&`*_\[\]~#!$]|^[+-]|(?<![A-Za-z0-9_])@|@(?=[0-9a-fA-F]{7,40}(?![A-Za-z0-9.]))|(?<=\d)\."
)
_LINK = re.compile(r"https?:|ftp:|mailto:|www\.|(?<![A-Za-z0-9])GH-(?=\d)", re.IGNORECASE)
_ASCII = re.compile(r"[\n -~]*")
_BEYOND = re.compile(r"[^\n -~]")


def _character(name: str, at: int, *, inner: bool) -> str:
    character = name[at]
    if character == " " and inner and name[at - 1] != " ":
        return character
    if character == "\\":
        return _escaped(character) if _is_like_an_escape(name, at) else character
    if (character == "<" and at == 0) or _is_hidden(character):
        return _escaped(character)
    # A leading combining mark would attach itself to the text in front of the name
    return _escaped(character) if at == 0 and unicodedata.category(character)[0] == "M" else character


def _is_like_an_escape(name: str, at: int) -> bool:
    """Whether the text at *at* reads as the escape of a character that is escaped anywhere in a text."""
    match = _LIKE_AN_ESCAPE.match(name, at)
    code = int(match[1] or match[2] or match[3], 16) if match else 0
    if not match or code > MOST_CODE:
        return False
    character = chr(code)
    is_separator = code < 0x80 and not character.isalnum()
    return is_separator or _is_hidden(character) or unicodedata.category(character)[0] == "M"


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN or bool(_BLANK.match(character))


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _entity_of(match: re.Match[str]) -> str:
    return _entity(match[0])


def _entity(character: str) -> str:
    return f"&#{ord(character)};"


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
