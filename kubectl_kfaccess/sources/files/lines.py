"""The lines of a text, for messages that say where something is."""

from __future__ import annotations


class Lines:
    """The numbers of lines in *text*, from 1, at positions that only grow: each part is looked at once."""

    def __init__(self, text: str) -> None:
        self._text, self._position, self._number = text, 0, 1

    def number_at(self, position: int) -> int:
        """Return the number of the line at *position*, which is not before that of the last call."""
        self._number += self._text.count("\n", self._position, position)
        self._position = position
        return self._number
