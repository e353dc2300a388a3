"""Inputs of every kind that once got a wrong answer, as a table: see the head of the file."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path

import msgspec
import pytest
import yaml

from tests.running import run


class Sibling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command with its input, and what its answer must and must not say."""

    id: str
    kind: str
    why: str
    command: str
    files: dict[str, str]
    status: int
    says: tuple[str, ...]
    never: tuple[str, ...] = ()
    input: str = ""
    utf16: str = ""


KINDS = ("scope", "files", "mesh", "names", "pasted", "fixes", "words", "causes", "heuristics")
TABLE = Path(__file__).with_name("siblings.yaml")
SIBLINGS = msgspec.convert(yaml.safe_load(TABLE.read_text(encoding="utf-8")), list[Sibling])


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.kind}: {row.id}") for row in SIBLINGS])
def test_an_answer_says_what_the_table_says(row: Sibling, tmp_path: Path) -> None:
    """Its words can be in the answer or in a note."""
    for name, text in row.files.items():
        mark = "\ufeff" if row.utf16 else ""
        (tmp_path / name).write_text(f"{mark}{text}", encoding=row.utf16 or "utf-8")
    flags = [word for name in row.files for word in ("-f", name)]

    answer = run(*shlex.split(row.command), *flags, cwd=tmp_path, stdin=row.input.encode())

    text = f"{answer.stdout}\n{answer.stderr}"
    assert [] == [words for words in row.says if words not in text], text
    assert [] == [words for words in row.never if words in text], text
    assert row.status == answer.status, text


def test_every_kind_has_two() -> None:
    """One could be the case that was fixed and nothing else."""
    counts = Counter(row.kind for row in SIBLINGS)

    assert {*KINDS} == {*counts}
    assert not [kind for kind, count in counts.items() if count < 2]
