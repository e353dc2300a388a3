"""How much of an answer fits into a comment: GitHub takes 65,536 letters for all of it."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kfaccess.output.blocks import Row
from kubectl_kfaccess.output.layout import text_of
from kubectl_kfaccess.terminal.safe_text import markdown_cell

MOST_LETTERS = 40_000
"""How long the tables of a comment can be together."""
_BETWEEN_CELLS = 3


def rows_that_fit(rows: Sequence[Row], most: int = MOST_LETTERS) -> int:
    """Return how many of *rows*, from the first on, a Markdown table of *most* letters holds."""
    letters = 0
    for number, row in enumerate(rows):
        letters += sum(len(markdown_cell(text_of(cell))) + _BETWEEN_CELLS for cell in row)
        if letters > most:
            return number
    return len(rows)
