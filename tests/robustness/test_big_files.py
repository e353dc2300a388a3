"""Files of megabytes: each is answered, in steps and memory that grow no faster than the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.robustness.big_files import (
    EDITORS,
    LIST_BEGIN,
    LIST_END,
    documents,
    json_items,
    list_items,
    write,
)
from tests.robustness.process import measured
from tests.robustness.steps import steps
from tests.running import run

SMALL, BIG = 2_000_000, 10_000_000
MOST_TIMES = 5  # memory for more of a file, as a multiple of it
SECONDS = 600.0  # for a process that hangs
ASK = ("who-can", "delete", "secrets", "-A", "-o", "csv", "--no-platform", "-f")


class Shape(NamedTuple):
    """A way to write the objects of a cluster into one file."""

    name: str
    pieces: Callable[[], Iterator[str]]
    begin: str = ""
    end: str = ""

    def write(self, directory: Path, size: int) -> int:
        """Write *size* characters of it; return the number of namespaces."""
        return write(directory / self.name, self.pieces(), size=size, begin=self.begin, end=self.end)


SHAPES = [
    pytest.param(Shape("documents.yaml", documents), id="YAML documents"),
    pytest.param(Shape("list.yaml", list_items, LIST_BEGIN, LIST_END), id="a YAML List"),
    pytest.param(
        Shape(
            "list.json",
            json_items,
            '{\n    "apiVersion": "v1",\n    "items": [',
            '\n    ],\n    "kind": "List",\n    "metadata": {"resourceVersion": ""}\n}\n',
        ),
        id="a JSON List",
    ),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_big_file_is_answered_in_little_memory(shape: Shape, tmp_path: Path) -> None:
    """Every subject of every namespace is there; 8 MB more of a file take at most five times that memory."""
    peaks = []
    for size in (SMALL, BIG):
        namespaces = shape.write(tmp_path, size)
        result, peak = measured(*ASK, shape.name, cwd=tmp_path, seconds=SECONDS)
        peaks.append(peak)
        rows = [line for line in result.lines if line.startswith("team-")]
        assert (0, namespaces * EDITORS) == (result.status, len(rows))
    (tmp_path / shape.name).unlink()

    print(f"{(peaks[1] - peaks[0]) / (BIG - SMALL):.2f} bytes of memory for each byte of the file")
    assert peaks[1] - peaks[0] <= MOST_TIMES * (BIG - SMALL)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_of_twice_the_size_takes_twice_the_steps(shape: Shape, tmp_path: Path) -> None:
    """Reading and answering are linear: a namespace costs no more in a big file than in a small one."""
    sizes = (50_000, 50_000, 100_000, 200_000)  # the first run imports modules, and does not count
    _, small, medium, big = (_size_and_steps(shape, tmp_path, size) for size in sizes)

    assert _slope(medium, big) <= 1.1 * _slope(small, medium)


def _size_and_steps(shape: Shape, directory: Path, size: int) -> tuple[int, int]:
    namespaces = shape.write(directory, size)
    return namespaces, steps(lambda: run(*ASK, shape.name, cwd=directory))


def _slope(less: tuple[int, int], more: tuple[int, int]) -> float:
    return (more[1] - less[1]) / (more[0] - less[0])


ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a, namespace: b}\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(lambda count: "---\n" * count, id="separators"),
        pytest.param(lambda count: f"{ROLE}---\n" * count, id="the same object"),
        pytest.param(lambda count: '{"a": 1}\n' * count, id="lines of JSON"),
        pytest.param(
            lambda count: "m: &m {a: b}\n" + "".join(f"n{n}: {{<<: *m}}\n" for n in range(count)),
            id="merge keys",
        ),
        pytest.param(
            lambda count: f"a: &a [x]\nb: [{', '.join(['*a'] * count)}]\n",
            id="aliases",
        ),
    ],
)
def test_twice_as_much_of_something_odd_takes_twice_the_steps(
    text: Callable[[int], str], tmp_path: Path
) -> None:
    """It is refused or answered, in time that is linear."""
    counts = []
    for count in (200, 200, 400, 800):  # the first run imports modules, and does not count
        (tmp_path / "a.yaml").write_text(text(count))
        counts.append((count, steps(lambda: run(*ASK, "a.yaml", cwd=tmp_path))))

    assert _slope(*counts[2:]) <= 1.1 * _slope(*counts[1:3])
