"""The colours of a terminal: they say how bad something is; cells of a grid have weights instead."""

from __future__ import annotations

from kubectl_kfaccess.output.blocks import MARK_ACCEPTED, MARK_ERROR, MARK_LOOK, MARK_UNKNOWN, Tone

BOLD, FAINT, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"
OF_TONES = {
    Tone.NOTHING: FAINT,
    Tone.READ: "",
    Tone.WRITE: "",
    Tone.ALL: BOLD,
    Tone.NAMED: "",
    Tone.UNKNOWN: YELLOW,
    Tone.YES: "",
    Tone.NO: FAINT,
    Tone.GOOD: GREEN,
    Tone.BAD: RED,
    Tone.LOOK: YELLOW,
    Tone.FAINT: FAINT,
}
OF_MARKS = {MARK_ERROR: RED, MARK_LOOK: YELLOW, MARK_UNKNOWN: YELLOW, MARK_ACCEPTED: FAINT}
_OF_MESSAGES = {"error:": RED, "disagreement:": RED, "warning:": YELLOW}
_FAINT_MESSAGES = ("note:", "hint:")


def painted(text: str, code: str) -> str:
    """Return *text* in the colour *code*; unchanged without a code or text."""
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def painted_message(lines: list[str]) -> list[str]:
    """Return the lines of a message for stderr, with a colour for what its first word says."""
    word, blank, rest = lines[0].partition(" ")
    if word in _FAINT_MESSAGES:
        return [painted(line, FAINT) for line in lines]
    return [f"{painted(word, _OF_MESSAGES.get(word, ''))}{blank}{rest}", *lines[1:]]
