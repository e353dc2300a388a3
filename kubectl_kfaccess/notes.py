"""Notes on an answer: what can change this answer, and what holds for every answer of the same kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.named_tuple import NamedTuple


class StandingNote(NamedTuple):
    """
    A fact that holds for every such answer, for example which default roles were added to the files.

    People see it only with `-o wide` or `-v 1`. Machine formats hold it like any other note.
    """

    text: str


Note = str | StandingNote
"""A plain text can change this very answer, so people always see it."""


def text_of_note(note: Note) -> str:
    """Return the text of a note."""
    return note if isinstance(note, str) else note.text


def note_texts(notes: Iterable[Note], *, standing: bool) -> Iterator[str]:
    """Yield the texts of *notes*, those of standing notes only if *standing* is set."""
    return (text_of_note(note) for note in notes if standing or isinstance(note, str))
