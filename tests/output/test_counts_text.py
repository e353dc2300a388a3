"""The word and the note for the services for which access counts."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.output.counts_text import counts_word, difference_text


@pytest.mark.parametrize(
    ("counts", "word", "note"),
    [
        pytest.param({"a": True, "b": True}, "yes", "", id="all"),
        pytest.param({"a": False, "b": False}, "no", "", id="none"),
        pytest.param({"a": None, "b": None}, "?", "", id="unknown"),
        pytest.param({"a": None, "b": False}, "?", "", id="unknown or not"),
        pytest.param({"a": None, "b": True}, "?", "", id="unknown or so"),
        pytest.param({"a": True, "b": False}, "some", "counts for a alone", id="one of two"),
        pytest.param({"a": True, "b": True, "c": False}, "some", "does not count for c", id="all but one"),
        pytest.param({"a": False, "b": True, "c": False}, "some", "counts for b alone", id="one of three"),
        pytest.param(
            {"a": True, "kfam": False}, "some", "not on the dashboard, which asks KFAM", id="the dashboard"
        ),
        pytest.param({"a": False, "kfam": True}, "some", "counts for kfam alone", id="the dashboard alone"),
    ],
)
def test_a_difference_is_named(counts: dict[str, bool | None], word: str, note: str) -> None:
    """The shorter list is named."""
    assert (word, note) == (counts_word(counts), difference_text(counts))
