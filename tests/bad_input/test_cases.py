"""The table of bad input, `cases.yaml`, run through the real executable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.bad_input.case_data import Case, cases
from tests.bad_input.program import assert_decent, run

CASES = cases()


def test_the_cases_have_different_names() -> None:
    """A name stands for one case."""
    names = [case.id for case in CASES]

    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_case(case: Case, tmp_path: Path) -> None:
    """Bad input ends with the right status, is told where it stands and why, and never as a traceback."""
    case.make(tmp_path)

    ended = run(*case.argv, cwd=tmp_path, stdin=case.stdin.encode(), environ=case.environ)

    assert case.status == ended.status, ended.stderr
    assert_decent(ended)
    for pattern in case.stderr:
        assert re.search(pattern, ended.stderr, re.MULTILINE), f"`{pattern}` is not in {ended.stderr}"
    for pattern in case.never:
        assert not re.search(pattern, ended.stdout + ended.stderr, re.MULTILINE), pattern
    assert re.search(case.stdout or r"\A\Z", ended.stdout), ended.stdout
    assert ended.seconds < case.seconds
