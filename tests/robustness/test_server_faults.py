"""Servers that fail in every way: the status, the code and the words of each error, and never a traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.robustness.case import COMPLETE, SERVER_FAULTS, Case, assert_code, assert_ended, cases, ids
from tests.robustness.clock import plugins_take_too_long
from tests.robustness.proxy import FaultProxy, Tunnel
from tests.robustness.spoilt import FAULTS
from tests.robustness.worlds import WORLDS, Bench
from tests.running import Result

CASES = cases(SERVER_FAULTS)
HANGING_PLUGIN = "plugin hangs"

Without = Callable[[tuple[str, ...]], str]
Surrounded = Callable[[Case], "FaultProxy | None"]


@pytest.fixture(scope="module")
def complete() -> dict[tuple[str, ...], str]:
    """The answers to command lines when nothing fails, as far as they are known by now."""
    return {}


@pytest.fixture
def without_fault(bench: Bench, complete: dict[tuple[str, ...], str]) -> Without:
    """A function that returns stdout when nothing fails."""

    def ask(argv: tuple[str, ...]) -> str:
        if argv not in complete:
            (bench.directory / "calm").mkdir()
            calm = Bench(bench.plane, bench.directory / "calm", bench.plane.server, bench.plane.ca_file)
            WORLDS["admin"](calm)
            result = calm.run(*argv)
            assert 0 == result.status, result
            complete[argv] = result.stdout
        return complete[argv]

    return ask


@pytest.fixture
def surrounded(
    bench: Bench, in_front: Callable[..., FaultProxy], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Surrounded]:
    """A function that builds what surrounds a case, and returns the proxy that has its fault."""

    def build(case: Case) -> FaultProxy | None:
        proxy = None
        if case.fault or case.pages:
            proxy = in_front(fault=case.fault, path=case.path, pages=case.pages)
        if case.world == HANGING_PLUGIN:
            plugins_take_too_long(monkeypatch)
        WORLDS[case.world](bench)
        return proxy

    with Tunnel() as tunnel:
        bench.tunnel = tunnel.url
        yield build


@pytest.mark.server
@pytest.mark.parametrize("case", **ids(CASES))
def test_a_failure(case: Case, bench: Bench, surrounded: Surrounded, without_fault: Without) -> None:
    """The fault was met; status, both streams and the pauses between tries are those of the table."""
    complete = without_fault(case.argv) if case.stdout == COMPLETE else ""
    proxy = surrounded(case)

    result = bench.run(*case.argv)

    assert_ended(case, result, complete)
    assert case.pauses == tuple(bench.clock.pauses)
    assert bool(case.fault) == bool(proxy and proxy.struck), "the fault met no request"


@pytest.mark.server
@pytest.mark.parametrize("case", **ids(tuple(case for case in CASES if case.status)))
def test_the_code_of_a_failure(case: Case, bench: Bench, surrounded: Surrounded) -> None:
    """Programs read the cause of the same error from JSON."""
    surrounded(case)

    assert_code(case, bench.run(*case.argv, "-o", "json"))


@pytest.mark.server
@pytest.mark.parametrize("case", **ids(tuple(case for case in CASES if case.process)))
def test_a_failure_ends_a_process(case: Case, bench: Bench, surrounded: Surrounded) -> None:
    """By a real clock, with a deadline of a second where the server would never answer."""
    surrounded(case)

    result: Result = bench.process(*(word.replace("=1m", "=1s") for word in case.argv))

    assert_ended(case, result)


@pytest.mark.server
@pytest.mark.parametrize(
    ("argv", "fault", "seconds"),
    [
        pytest.param(("who-can", "get", "pods", "--request-timeout=1m30s"), "hang", {90.0}, id="of the flag"),
        pytest.param(("who-can", "get", "pods"), "hang", {300.0}, id="of a whole list"),
        pytest.param(("version",), "hang", {2.0, 300.0}, id="of version"),
    ],
)
def test_the_deadline_of_a_request(
    argv: tuple[str, ...], fault: str, seconds: set[float], bench: Bench, in_front: Callable[..., FaultProxy]
) -> None:
    """A request can take as long as the flag says, or five minutes; the server's version gets two seconds."""
    in_front(fault=fault, path=".")
    WORLDS["admin"](bench)

    bench.run(*argv)

    assert seconds == set(bench.clock.deadlines)


def test_the_names_in_the_table_are_known_and_all_faults_are_used() -> None:
    """A fault or world that is misspelt, or that nothing uses any more, fails here."""
    assert set(FAULTS) == {case.fault for case in CASES if case.fault}
    assert set(WORLDS) == {case.world for case in CASES}
