"""The tables of wrong files and wrong command lines, through the real executable with little memory."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.bad_input.program import PROGRAM, Ended, assert_decent, run
from tests.hostile.case_data import CommandLine, Content, Outcome, tables

TABLES = tables()
ASK = ("who-can", "get", "secrets", "-n", "b", "-o", "name", "--no-platform")

# Runs the rest of its arguments with an address space of a gibibyte
LIMITED = """\
import os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
os.execv(sys.argv[1], sys.argv[1:])
"""


def limited(*argv: str, cwd: Path, stdin: bytes = b"") -> Ended:
    """Run the executable without a kubeconfig, and with a gibibyte of memory."""
    command = (sys.executable, "-c", LIMITED, str(PROGRAM))
    return run(*argv, cwd=cwd, stdin=stdin, environ={"KUBECONFIG": ""}, command=command)


def assert_ended(
    ended: Ended, expected: Outcome, patterns: tuple[str, ...], place: str, stdout: tuple[str, ...]
) -> None:
    """It ended so; an error is its first line, begins with `error: ` and is the only one."""
    assert expected.status == ended.status, ended.stderr
    assert_decent(ended)
    for pattern in patterns:
        wanted = pattern.replace("PLACE", re.escape(place))
        assert re.search(wanted, ended.stderr, re.MULTILINE), f"`{wanted}` is not in {ended.stderr}"
    for pattern in expected.never:
        assert not re.search(pattern, ended.stdout + ended.stderr, re.MULTILINE), pattern
    errors = [line for line in ended.stderr.splitlines() if line.startswith("error: ")]
    assert (1 if expected.status == 2 else 0) == len(errors), ended.stderr
    assert ended.stderr.startswith("error: ") == (expected.status == 2)
    assert list(stdout) == ended.stdout.splitlines()
    assert ended.seconds < expected.seconds


def ids(cases: tuple[Content, ...] | tuple[CommandLine, ...]) -> Mapping[str, object]:
    """The names of *cases*, as pytest wants them."""
    return {"argvalues": cases, "ids": [case.id for case in cases]}


def test_the_cases_have_different_names() -> None:
    """A name stands for one case."""
    names = [case.id for case in (*TABLES.contents, *TABLES.command_lines)]

    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("content", **ids(TABLES.contents))
def test_a_file_of_objects(content: Content, tmp_path: Path) -> None:
    """A wrong file is told with its name, its line and the cause."""
    (tmp_path / content.name).write_bytes(content.bytes)

    ended = limited(*ASK, "-f", content.name, cwd=tmp_path)

    assert_ended(ended, content, content.stderr, content.name, content.stdout)


@pytest.mark.parametrize("content", **ids(TABLES.contents))
def test_objects_on_standard_input(content: Content, tmp_path: Path) -> None:
    """The same bytes on standard input end the same way."""
    ended = limited(*ASK, "-f", "-", cwd=tmp_path, stdin=content.bytes)

    assert_ended(ended, content, content.stderr, "standard input", content.stdout)


@pytest.mark.parametrize("content", **ids(TABLES.contents))
def test_a_file_of_reviews(content: Content, tmp_path: Path) -> None:
    """The same bytes are no reviews either, and what is said of them is as clear."""
    (tmp_path / content.name).write_bytes(content.bytes)

    ended = limited("review", content.name, "--demo", cwd=tmp_path)

    refused = Outcome(status=2, never=content.never, seconds=content.seconds)
    assert_ended(ended, refused, content.reviews or content.stderr, content.name, ())


@pytest.mark.parametrize("line", **ids(TABLES.command_lines))
def test_a_command_line(line: CommandLine, tmp_path: Path) -> None:
    """A wrong command line ends with 2 and says what is wrong with it; a doubtful one is answered."""
    line.make(tmp_path)

    ended = limited(*line.argv, cwd=tmp_path, stdin=line.stdin.encode())

    assert_ended(ended, line, line.stderr, "", line.stdout)
