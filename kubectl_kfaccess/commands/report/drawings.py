"""Drawings: boxes from left to right, with arrows between them. Sizes are in pixels."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from kubectl_kfaccess.commands.report.views import Arrow, Box, Drawing
from kubectl_kfaccess.terminal.wrapping import width

CHARACTER, LINE = 8, 18
"""The largest width of a usual character and the height of a line, of the font that drawings use."""
PADDING, GAP, MARGIN = 12, 52, 4
MOST_CHARACTERS = 34
"""The longest line of a box; longer names go on below."""


def chain(boxes: Sequence[tuple[Sequence[str], str]], text: str) -> Drawing:
    """
    Return boxes in a row, each with a numbered arrow to the next.

    A box is its lines and its look. *text* says the same in words.
    """
    wrapped = [_wrapped(lines) for lines, _ in boxes]
    height = max(len(lines) for lines in wrapped) * LINE + 2 * PADDING
    drawn: list[Box] = []
    arrows: list[Arrow] = []
    left, middle = MARGIN, MARGIN + height // 2
    for (_, look), lines in zip(boxes, wrapped, strict=True):
        wide = box_width(lines)
        high = len(lines) * LINE + 2 * PADDING
        if drawn:
            number = str(len(drawn))
            arrows.append(Arrow(f"M{left - GAP} {middle}H{left - 2}", number, left - GAP // 2 - 2, middle))
        drawn.append(Box(left, middle - high // 2, wide, high, lines, look))
        left += wide + GAP
    return Drawing(left - GAP + MARGIN, height + 2 * MARGIN, text, tuple(drawn), tuple(arrows))


def box_width(lines: Sequence[str]) -> int:
    """Return how wide a box with these lines is."""
    return max(map(width, lines)) * CHARACTER + 2 * PADDING


def curve(box: Box, other: Box) -> Arrow:
    """Return the line from the right of *box* to the left of *other*."""
    start, end = box.x + box.width, other.x
    y, to = box.y + box.height // 2, other.y + other.height // 2
    half = (start + end) // 2
    return Arrow(f"M{start} {y}C{half} {y} {half} {to} {end} {to}")


def _wrapped(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(piece for text in lines for piece in textwrap.wrap(text, MOST_CHARACTERS) or ("",))
