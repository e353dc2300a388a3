"""Files of fifty megabytes: answered, and in memory that follows what is needed of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bad_input.big_files import (
    EDITORS,
    LIST_BEGIN,
    LIST_END,
    documents,
    json_items,
    list_items,
    write,
)
from tests.bad_input.program import measured

SIZE = 50_000_000
MOST_TIMES = 5  # memory, as a multiple of the file
MOST_SECONDS = 60.0


@pytest.mark.parametrize(
    ("name", "pieces", "begin", "end"),
    [
        pytest.param("documents.yaml", documents, "", "", id="YAML documents"),
        pytest.param("list.yaml", list_items, LIST_BEGIN, LIST_END, id="a YAML List"),
        pytest.param(
            "list.json",
            json_items,
            '{\n    "apiVersion": "v1",\n    "items": [',
            '\n    ],\n    "kind": "List",\n    "metadata": {"resourceVersion": ""}\n}\n',
            id="a JSON List",
        ),
    ],
)
def test_a_big_file_is_answered(
    name: str, pieces: Callable[[], Iterator[str]], begin: str, end: str, tmp_path: Path
) -> None:
    """Every subject of every namespace is there, and memory stays within five times the file's size."""
    path = tmp_path / name
    namespaces = write(path, pieces(), size=SIZE, begin=begin, end=end)

    ended, peak = measured(
        "who-can", "delete", "secrets", "-A", "-f", name, "-o", "csv", "--no-platform", cwd=tmp_path
    )
    path_size = path.stat().st_size
    path.unlink()

    rows = [line for line in ended.stdout.splitlines() if line.startswith("team-")]
    print(f"{path_size} bytes: {ended.seconds:.1f} s, peak {peak / path_size:.2f} times the file")
    assert (0, namespaces * EDITORS) == (ended.status, len(rows))
    assert peak <= MOST_TIMES * path_size
    assert ended.seconds < MOST_SECONDS
