"""The first thousand random cases of a fixed seed, and that a case is the same when it is drawn again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzz.__main__ import failures
from tests.fuzz.case import KINDS, drawn

SEED = 20261129
COUNT = 1_000
PARTS = 4  # so that a failure does not hide those of other parts


@pytest.mark.parametrize("part", range(PARTS))
def test_no_case_breaks_a_law(part: int, record_property: Callable[[str, object], None]) -> None:
    """Run a part of the cases; `python -m tests.fuzz --seed SEED --only NUMBER` runs one again."""
    numbers = range(part * COUNT // PARTS, (part + 1) * COUNT // PARTS)

    failed = list(failures(SEED, numbers))

    record_property("figures", f"fuzz: cases {numbers.start} to {numbers.stop - 1} of seed {SEED}")
    assert {} == {failure.number: failure.laws for failure in failed}


@pytest.mark.parametrize("number", range(2 * len(KINDS)))
def test_a_case_is_the_same_when_it_is_drawn_again(number: int, tmp_path: Path) -> None:
    """Otherwise nobody could run a failure again. Only the folder has another name."""
    first, second = (drawn(SEED, number, tmp_path / name) for name in "ab")

    assert first.argv == second.argv
    assert (first.files, first.stdin) == (second.files, second.stdin)
