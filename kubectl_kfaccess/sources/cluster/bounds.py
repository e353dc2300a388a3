"""How much a server can send, and for how long: no answer is trusted without a bound."""

from __future__ import annotations

from typing import NamedTuple

MOST_SECONDS = 300.0
"""The longest time for a whole list, or another answer, with all its pages and tries."""

MOST_BYTES = 512 << 20
"""The size of the biggest list, with all its pages; 200,000 bindings have 140 MB."""

MOST_BYTES_OF_A_MESSAGE = 1 << 20
"""How much is read of the body of an answer that is an error."""

MOST_CHARACTERS = 4_000
"""The length of the longest text of the server that is shown."""

MOST_PAGES = 1_000
"""The number of pages of the longest list."""


class Bounds(NamedTuple):
    """
    What is left for an answer, or for the rest of a list.

    *until* is a time of the transport's clock, in seconds, and *size* counts bytes after decompression.
    """

    until: float
    size: int = MOST_BYTES

    def without(self, size: int) -> Bounds:
        """Return what is left after a page of *size* bytes."""
        return self._replace(size=self.size - size)


def shortened(text: str) -> str:
    """Return a server's *text*, cut off after MOST_CHARACTERS; the text then says how long it was."""
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}… (cut off: {len(text):,} characters)"
