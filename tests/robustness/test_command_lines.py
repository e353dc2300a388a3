"""Wrong and odd command lines: the status, the code and the words of each error, and never a traceback."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.robustness import process
from tests.robustness.case import COMMAND_LINES, Case, assert_code, assert_ended, assert_one_error, cases, ids
from tests.running import Result, run

CASES = cases(COMMAND_LINES)


def ended(case: Case, directory: Path, *more: str) -> Result:
    """Write the files of a case and run its command line inside this process."""
    case.write_files(directory)
    environ = {**process.environment(directory), "KUBECONFIG": "", **case.environ}
    return run(*case.argv, *more, stdin=case.stdin.encode(), cwd=directory, environ=environ)


@pytest.mark.parametrize("case", **ids(tuple(case for case in CASES if not case.process)))
def test_a_command_line(case: Case, tmp_path: Path) -> None:
    """A wrong command line ends with 2 and says what is wrong with it; an odd one is answered."""
    result = ended(case, tmp_path)

    assert_ended(case, result)
    assert_one_error(result)


@pytest.mark.parametrize("case", **ids(tuple(case for case in CASES if case.process)))
def test_a_command_line_that_needs_a_process(case: Case, tmp_path: Path) -> None:
    """The same where the streams of a real process matter."""
    case.write_files(tmp_path)

    result = process.run(*case.argv, cwd=tmp_path, stdin=case.stdin.encode(), environ=case.environ)

    assert_ended(case, result)
    assert_one_error(result)


@pytest.mark.parametrize("case", **ids(tuple(case for case in CASES if case.code)))
def test_the_code_of_an_error(case: Case, tmp_path: Path) -> None:
    """Programs read the cause of the same error from JSON."""
    assert_code(case, ended(case, tmp_path, "-o", "json"))


def test_a_wrong_command_line_has_a_code() -> None:
    """Status 2 means that there is an error."""
    assert [] == [case.id for case in CASES if (case.status == 2) != bool(case.code)]


def test_a_key_that_the_tables_do_not_know_is_an_error(tmp_path: Path) -> None:
    """Otherwise nobody would look for a text under a misspelt key."""
    changed = tmp_path / "cases.yaml"
    text = COMMAND_LINES.read_text(encoding="utf-8")
    changed.write_text(text.replace("- {id:", "- {stdeer: [never looked for], id:", 1), encoding="utf-8")

    with pytest.raises(msgspec.ValidationError, match="stdeer"):
        cases(changed)
