"""Which notes are shown where: those that can change an answer always, standing facts on demand."""

from __future__ import annotations

import pytest

from tests.running import run

QUESTION = ("explain", "alice@example.com", "create", "inferenceservices", "-n", "team-a", "--demo")
DEFAULTS, COMPUTED, IMPLIED = "the default roles and bindings", "the rules of", "implied groups"


def standing(notes: list[str]) -> list[str]:
    """Return the notes that hold for every answer of the demo."""
    return [note for note in notes if note.startswith((DEFAULTS, COMPUTED, IMPLIED))]


@pytest.mark.parametrize("argv", [("-o", "wide"), ("-v", "1")], ids=["wide", "verbose"])
def test_standing_facts_are_shown_on_demand(argv: tuple[str, ...]) -> None:
    """`-o wide` and `-v 1` show all three."""
    assert len(standing(run(*QUESTION, *argv).notes)) == 3


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "name"])
def test_standing_facts_are_not_shown_by_default(form: str) -> None:
    """They would hide the note that can change the answer."""
    assert run(*QUESTION, "-o", form).notes == []


def test_machine_formats_hold_standing_facts() -> None:
    """JSON is complete, and stderr does not repeat it."""
    result = run(*QUESTION, "-o", "json")

    assert len(standing([note["text"] for note in result.json["notes"]])) == 3
    assert result.notes == []


def test_a_note_that_can_change_the_answer_is_always_shown() -> None:
    """The namespace does not exist in the demo, so the answer is about what would hold in it."""
    notes = run("explain", "alice@example.com", "get", "pods", "-n", "nowhere", "--demo").notes

    assert ["nowhere" in note for note in notes] == [True]
