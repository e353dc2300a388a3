"""Files of fifty megabytes in which the reader gets lost, until somebody presses Ctrl-C."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bad_input.big_files import LIST_BEGIN, LIST_END, documents, json_items, list_items, write
from tests.bad_input.program import assert_decent
from tests.bad_input.test_processes import INTERRUPTED, interrupted

SIZE = 50_000_000
MOST_SECONDS = 3.0
LAYOUTS = {
    "YAML documents": (documents, "", ""),
    "a YAML List": (list_items, LIST_BEGIN, LIST_END),
    "a JSON List": (json_items, '{"apiVersion": "v1", "kind": "List", "items": [', "]}\n"),
}


@pytest.fixture(scope="module", params=LAYOUTS)
def big(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of fifty megabytes; three times the same cluster."""
    pieces, begin, end = LAYOUTS[request.param]
    path = tmp_path_factory.mktemp("big") / "objects"
    write(path, pieces(), size=SIZE, begin=begin, end=end)
    return path


@pytest.mark.parametrize("delay", [0.5, 1.2])
def test_an_interrupt_ends_the_reading(delay: float, big: Path) -> None:
    """Ctrl-C is heard wherever the reader is: status 130, no answer, and not a word."""
    ended = interrupted("who-can", "get", "secrets", "-A", "-f", big.name, cwd=big.parent, after=delay)

    print(f"interrupted after {delay} s: {ended.seconds:.2f} s more")
    assert_decent(ended)
    assert (INTERRUPTED, "", "") == (ended.status, ended.stdout, ended.stderr)
    assert ended.seconds < MOST_SECONDS
