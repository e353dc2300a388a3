"""Recorded random clusters: the tool never contradicts Envoy, and is seldom more careful than it must be."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.planes.mesh.answers import Comparison, Verdict, is_open
from tests.planes.mesh.recorded import origin, read, read_origin

CONSTANT_SHARE = 0.08
"""The share of unknown answers that may be about requests that all got the same answer."""

CAREFUL_SHARE = 0.15
"""The share of unknown answers beyond those that have to be unknown, where the oracle is blind included."""


@pytest.fixture(scope="module")
def comparisons() -> list[tuple[int, Comparison]]:
    """Return all comparisons, each with the number of its world."""
    return [(world.number, comparison) for world in read() for comparison in world.comparisons()]


def test_no_answer_is_contradicted(comparisons: list[tuple[int, Comparison]]) -> None:
    """Envoy lets through all that the tool calls reachable, and refuses all that it calls unreachable."""
    wrong = [pair for pair in comparisons if pair[1].verdict is Verdict.CONTRADICTED]

    assert wrong == [], f"{len(wrong)} of {len(comparisons)}, such as {wrong[:3]}"


def test_few_unknown_answers_are_constant(comparisons: list[tuple[int, Comparison]]) -> None:
    """An answer is unknown because requests are treated differently, or because something was not read."""
    unknown = [comparison for _, comparison in comparisons if comparison.ours == "unknown"]
    causes = Counter(comparison.cause for comparison in unknown if comparison.verdict is Verdict.CONSTANT)

    assert unknown
    assert causes.total() <= CONSTANT_SHARE * len(unknown), (len(unknown), causes)


def test_the_tool_is_hardly_more_careful_than_it_must_be(comparisons: list[tuple[int, Comparison]]) -> None:
    """The letters leave some answers open: those have to be unknown, and few others may be."""
    unknown = sum(comparison.ours == "unknown" for _, comparison in comparisons)
    left_open = sum(is_open(comparison.letters) for _, comparison in comparisons)

    assert left_open
    assert unknown <= (1 + CAREFUL_SHARE) * left_open


def test_the_recorded_worlds_have_answers_of_each_kind(comparisons: list[tuple[int, Comparison]]) -> None:
    """A recording of one kind of answers alone would prove little."""
    kinds = Counter(
        "open"
        if is_open(comparison.letters)
        else comparison.letters[1 if "-" in comparison.letters[0] else 0]
        for _, comparison in comparisons
    )

    assert min(kinds["y"], kinds["n"], kinds["open"]) > 500, kinds


def test_the_recording_is_of_the_pinned_versions() -> None:
    """After another Istio or Envoy is pinned, `python -m tests.planes.mesh record` writes it anew."""
    recorded = read_origin()

    assert recorded == origin(recorded["seed"])
