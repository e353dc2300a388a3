"""
Recorded worlds with their letters, so that the tool can be compared without Go and without Envoy.

The file has a line of JSON that says where the letters come from, then a line for each world.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.planes.mesh.answers import Comparison, compared, snapshot
from tests.planes.mesh.build import versions
from tests.planes.mesh.oracle import Answer

RECORDED = Path(__file__).parent / "recorded.jsonl.gz"


class RecordedWorld(msgspec.Struct, frozen=True):
    """What the tool reads of a world, what it is asked, and the letters: a row for each subject."""

    number: int
    objects: tuple[dict[str, Any], ...]
    gaps: tuple[tuple[str, str], ...]
    subjects: tuple[tuple[str, str, str], ...]
    namespaces: tuple[str, ...]
    letters: tuple[tuple[str, ...], ...]

    def comparisons(self) -> list[Comparison]:
        """Return the tool's answers beside the letters."""
        known = snapshot(self.objects, self.gaps)
        return list(compared(known, self.subjects, self.namespaces, self.letters))


def recorded_world(answer: Answer) -> RecordedWorld:
    """Return a world without the policies that Istio refused, with its letters."""
    world = answer.world
    objects = tuple(world.objects(frozenset(answer.refused)))
    return RecordedWorld(world.number, objects, world.gaps, world.subjects, world.namespaces, answer.letters)


def write(answers: Iterable[Answer], seed: int, file: Path = RECORDED) -> None:
    """Write the answers about the worlds of a seed; the same answers make the same file."""
    lines = [msgspec.json.encode(origin(seed)), *(msgspec.json.encode(recorded_world(a)) for a in answers)]
    file.write_bytes(gzip.compress(b"\n".join(lines) + b"\n", mtime=0))


def read(file: Path = RECORDED) -> Iterator[RecordedWorld]:
    """Yield the recorded worlds."""
    for line in gzip.decompress(file.read_bytes()).splitlines()[1:]:
        yield msgspec.json.decode(line, type=RecordedWorld)


def read_origin(file: Path = RECORDED) -> dict[str, Any]:
    """Return what the recording says of itself."""
    content: dict[str, Any] = msgspec.json.decode(gzip.decompress(file.read_bytes()).splitlines()[0])
    return content


def origin(seed: int) -> dict[str, Any]:
    """Return where recorded letters come from."""
    pinned = versions()
    return {
        "by": "python -m tests.planes.mesh record",
        "seed": seed,
        "translator": f"istio.io/istio {pinned['istio']}, Apache-2.0",
        "evaluator": f"Envoy {pinned['envoy']}, Apache-2.0",
        "letters": "see tests/planes/mesh/answers.py",
    }
