"""
Undoes what copying did to a text: colours, HTML entities, margins, joined strings and layers of escapes.

A margin is replaced by as many NUL characters, so that positions in the text stay the same. Every repetition
in a pattern is bounded, because a text can hold anything.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

NUL = "\0"
MOST_LAYERS = 8
MOST_LINES = 20_000  # that are compared with their neighbours
LONGEST_MARGIN = 150

_COLOURS = re.compile(r"\x1b(?:\[[0-9;:?]{0,60}[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\))")
_ENTITIES = re.compile(
    r"&(quot|apos|amp|lt|gt|#0{0,3}34|#0{0,3}39|#x27|#x22);|(\\{1,63})u00(22|26|27|3[cC]|3[eE])"
)
_LETTERS = {
    "quot": '"',
    "#34": '"',
    "apos": "'",
    "#39": "'",
    "#x22": '"',
    "#x27": "'",
    "amp": "&",
    "lt": "<",
    "gt": ">",
}
_HALVES = re.compile("[\ud800-\udfff]")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\xa0": " ", NUL: " "})


def plain(text: str) -> str:
    """Return *text* without colours, HTML entities, typographic quotes and the escapes of URLs."""
    text = unquote(text) if "User%20" in text else text
    return _whole(_ENTITIES.sub(_letter, _COLOURS.sub("", text)).translate(_QUOTES))


def _whole(text: str) -> str:
    """Return *text* with pairs of surrogates as the characters that they mean; a half alone means none."""
    if not _HALVES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _letter(match: re.Match[str]) -> str:
    """Return the character; a quote that JSON wrote as a number keeps as many backslashes as `\\"` has."""
    if match[1]:
        return _LETTERS[re.sub("#0+", "#", match[1])]
    letter = chr(int(match[3], 16))
    return "\\" * (2 * len(match[2]) - 1) + letter if letter in "\"'" else letter


# --- margins ---

_LEVEL = "(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)"
_MARGIN = re.compile(
    r"^(?:[\x20\t]{0,40}(?:"
    r"[│┃║╎┆▏▌|>]{1,20}"
    r"|\[[^\]\n\"]{1,200}\]|\([^)={\n\"]{1,100}\)"
    r"|\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?(?!\S)"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?!\S)"
    r"|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?!\S)"
    r"|[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{1,9} {1,9}\d{1,9} [\w./-]{1,100}:\d{1,6}\]"
    r"|std(?:out|err) [FP](?!\S)"
    rf"|{_LEVEL}:[\w.]{{1,100}}:|{_LEVEL}(?![\w=]):?"
    r")){1,8}\x20?",
    re.MULTILINE,
)
_RIGHT_MARGIN = re.compile(r"(?<![\x20\t])[\x20\t]{1,80}[│┃║|]$", re.MULTILINE)
_CONTINUED = re.compile(r"(?<!\\)\\\r?\n[\x20\t]{0,80}(?:\\(?=\x20))?")  # by a shell, or YAML
_INNER_BREAK = re.compile(r"\n\0{0,300}(?!\0{0,300}[\"']\w)")
_END_OF_HEAD = re.compile(r"[\"'=]|User|[Ff]orbidden|[Aa]ccess|$")
_JOINED = re.compile(r"(?<!\\)(['\"`])[\x20\t]{0,40}(?:\+[\x20\t]{0,40})?\r?\n[\x20\t]{0,80}(?:\+ ?)?\1")


def without_margins(text: str) -> str:
    """Return *text* with NUL in place of quotation marks, frames, times and levels at the ends of lines."""
    return _RIGHT_MARGIN.sub(_nuls, _MARGIN.sub(_nuls, _CONTINUED.sub(_nuls, text)))


def without_shared_margins(text: str) -> str:
    """
    Return *text* with NUL in place of what a line has in common with its neighbours, and of `' +` at its end.

    That is how a log names the pod in front of each line. Digits count as equal, for the sake of times.
    """
    lines = _JOINED.sub(_nuls, text).split("\n")
    kept, lines = lines[:-MOST_LINES], lines[-MOST_LINES:]
    heads = [_head(line) for line in lines]
    margins = [_margin(heads, number) for number in range(len(lines))]
    cut = [NUL * margin + line[margin:] for line, margin in zip(lines, margins, strict=True)]
    return "\n".join([*kept, *cut])


def on_one_line(text: str) -> str:
    """
    Return *text* without line breaks and margins: a terminal that wraps lines can cut words in two.

    Before a word in quotes the break is kept: its quote must not end a word of the line above.
    """
    text = text.replace("\r", "")
    return _INNER_BREAK.sub("", text).replace(NUL, "")


def _nuls(match: re.Match[str]) -> str:
    return "".join("\n" if letter == "\n" else NUL for letter in match[0])


def _head(line: str) -> str:
    """Return the beginning of *line* that can be a margin, with all digits alike."""
    end = _END_OF_HEAD.search(line, 0, LONGEST_MARGIN)
    return re.sub(r"\d", "0", line[: end.start() if end else LONGEST_MARGIN])


def _margin(heads: list[str], number: int) -> int:
    """Return how many characters the line has in common with its neighbours, in whole words."""
    neighbours = (*heads[max(0, number - 1) : number], *heads[number + 1 : number + 2])
    lengths = (_common(heads[number], neighbour) for neighbour in neighbours)
    return min(filter(None, lengths), default=0)


def _common(text: str, other: str) -> int:
    """Return how many characters at the beginning the two have in common, up to the last blank."""
    pairs = enumerate(zip(text, other))  # noqa: B905 - they can have different lengths
    length = next((at for at, (a, b) in pairs if a != b), min(len(text), len(other)))
    return max(text.rfind(" ", 0, length), text.rfind("\t", 0, length)) + 1


# --- layers of escapes ---

_ESCAPE = re.compile(r"\\(?:([\"'\\/nrtbf])|u([0-9a-fA-F]{4}))")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_OPENER = re.compile(r"(?:^|[:=,\[{(])[\x20\t]{0,4}b?(?P<slashes>\\{0,63})\"[^\"]{0,600}\Z")


def layers(slashes: str) -> int:
    """Return how many strings are around a quote with these backslashes: 1 in JSON, 3 in JSON in JSON."""
    return min(len(slashes).bit_length(), MOST_LAYERS)


def layers_around(before: str) -> int:
    """Return how many strings are open at the end of *before*, as far as it shows; 0 if it does not."""
    opener = _OPENER.search(before)
    return min(layers(opener["slashes"]) + 1, MOST_LAYERS) if opener else 0


def unescaped(text: str, count: int) -> str:
    """Return *text* with *count* layers of JSON's escapes undone; Python's and JavaScript's are the same."""
    for _ in range(count):
        text = _ESCAPE.sub(_unescaped, text)
    return _whole(text)


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[2], 16)) if match[2] else _ESCAPED.get(match[1], match[1])


_GO_ESCAPE = re.compile(r"\\(?:([abfnrtv\\\"])|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_GO_QUOTED = re.compile(rf"(?:[^\\\"]|{_GO_ESCAPE.pattern})*")


def go_unquoted(text: str) -> str:
    """
    Return *text*, which stands between quotes, as it was before Go's `%q` (strconv.Quote).

    A source that has undone `%q` already leaves what cannot be its result, such as `CORP\\tim`: no name holds
    a tab. That is returned as it is.
    """
    if "\\" not in text or not _GO_QUOTED.fullmatch(text):
        return text
    if any(match[1] and match[1] in "abfnrtv" for match in _GO_ESCAPE.finditer(text)):
        return text
    return _whole(_GO_ESCAPE.sub(_go_letter, text))


def _go_letter(match: re.Match[str]) -> str:
    if match[1]:
        return match[1]
    code = int(match[2] or match[3] or match[4], 16)
    return chr(code) if code < 0x110000 else match[0]
