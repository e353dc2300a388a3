"""Durations in Go's spelling."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.sources.kubeconfig import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("5", 5),
        ("+5", 5),
        ("500ms", 0.5),
        ("1m30s", 90),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("2us", 2e-6),
    ],
)
def test_a_duration_is_read_as_go_reads_it(text: str, seconds: float) -> None:
    """A bare whole number is in seconds; any other number has a unit."""
    assert durations.parse(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "x", "1.5", "-5s", "5 s", "1d", "5s1", "s", ".s", "٣s", "9999999999999"]
)
def test_what_is_no_duration_is_a_usage_error(text: str) -> None:
    """Any other text is rejected, with an example."""
    with pytest.raises(UsageError, match="not a duration") as raised:
        durations.parse(text)
    assert "1m30s" in raised.value.hint
