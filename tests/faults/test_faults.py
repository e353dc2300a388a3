"""Each failure of `cases.yaml` ends with its status, its words and no traceback, in time."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from kubectl_kfaccess.terminal.safe_text import line
from tests.faults.case_data import FILE, Case, cases
from tests.faults.proxy import FaultProxy, Tunnel
from tests.faults.running import Ended, environ, run
from tests.faults.spoilt import FAULTS
from tests.faults.worlds import WORLDS, Bench
from tests.running import run as run_here

CASES = cases()
SAID = r"(?m)^(error|warning): [^A-Z\s]"

Without = Callable[[tuple[str, ...]], str]


@pytest.fixture(scope="module")
def complete() -> dict[tuple[str, ...], str]:
    """The answers to command lines when nothing fails, as far as they are known by now."""
    return {}


@pytest.fixture
def without_fault(bench: Bench, complete: dict[tuple[str, ...], str]) -> Without:
    """What gives stdout when nothing fails."""

    def ask(argv: tuple[str, ...]) -> str:
        if argv not in complete:
            (bench.directory / "calm").mkdir()
            calm = Bench(bench.plane, bench.directory / "calm", bench.plane.server, bench.plane.ca_file)
            WORLDS["admin"](calm)
            ended = run(calm, *argv)
            assert 0 == ended.status, ended
            complete[argv] = ended.stdout
        return complete[argv]

    return ask


@pytest.mark.server
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_failure_is_told(
    case: Case, bench: Bench, in_front: Callable[..., FaultProxy], without_fault: Without
) -> None:
    """Status, both streams and the time are those of the table."""
    expected = without_fault(case.argv) if case.stdout == "complete" else case.stdout
    wanted = {"fault": case.fault, "path": case.path, "pages": case.pages}
    proxy = in_front(**wanted) if case.fault or case.pages else None

    with Tunnel() as tunnel:
        bench.tunnel = tunnel.url
        WORLDS[case.world](bench)
        ended = run(bench, *case.argv)

    assert [] == _wrong(case, ended, expected), ended
    assert bool(case.fault) == bool(proxy and proxy.struck), "the fault met no request"


@pytest.mark.server
@pytest.mark.parametrize("case", [case for case in CASES if case.code], ids=lambda case: case.id)
def test_machines_are_told_the_code(case: Case, bench: Bench, in_front: Callable[..., FaultProxy]) -> None:
    """The one error of the JSON has the code of the table, and the status is the same as for people."""
    if case.fault:
        in_front(fault=case.fault, path=case.path, pages=case.pages)
    with Tunnel() as tunnel:
        bench.tunnel = tunnel.url
        WORLDS[case.world](bench)
        argv = (*case.argv, "-o", "json", "--cache-dir", str(bench.cache), *bench.flags)
        answer = run_here(*argv, environ=environ(bench), cwd=bench.directory)

    (error,) = answer.json["errors"]
    assert (case.code, case.status) == (error["code"], answer.status)
    assert f"error: {line(error['message'])}" in answer.stderr.splitlines()


def _wrong(case: Case, ended: Ended, stdout: str) -> list[str]:
    """What is not as the table has it."""
    both = ended.stdout + ended.stderr
    found = {
        f"the status {ended.status}": ended.status != case.status,
        f"the time {ended.seconds:.1f}": not case.waits <= ended.seconds <= case.seconds,
        "the answer": not _fits(case, ended.stdout, stdout),
        "a traceback": "Traceback" in both,
        "nothing said": case.status != 0 and not re.search(SAID, ended.stderr),
        "a control character": re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", both) is not None,
        **{f"no `{one}`": not re.search(one, ended.stderr) for one in case.stderr},
        **{f"there is `{one}`": re.search(one, both) is not None for one in case.never},
    }
    return [text for text, wrong in found.items() if wrong]


def _fits(case: Case, actual: str, stdout: str) -> bool:
    if case.stdout == "complete":
        return actual == stdout
    return actual == "" if case.stdout == "empty" else re.search(stdout, actual) is not None


def test_the_names_of_the_table_are_known_and_its_faults_all_used() -> None:
    """A fault or world that is spelled wrong, or that nobody uses any more, shows here."""
    assert set(FAULTS) == {case.fault for case in CASES if case.fault}
    assert set(WORLDS) == {case.world for case in CASES}
    assert len(CASES) == len({case.id for case in CASES})


def test_a_key_that_the_table_does_not_know_is_an_error(tmp_path: Path) -> None:
    """Else a pattern under a wrong key would never be looked for."""
    changed = tmp_path / "cases.yaml"
    text = FILE.read_text(encoding="utf-8")
    changed.write_text(text.replace("- {id:", "- {stdeer: [never looked for], id:", 1), encoding="utf-8")

    with pytest.raises(msgspec.ValidationError, match="stdeer"):
        cases(changed)
