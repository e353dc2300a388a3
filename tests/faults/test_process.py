"""The process itself: signals, pipes and streams, and what a failure leaves behind."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from kubectl_kfaccess.sources.cluster.discovery import cache_file, cached
from tests.faults.proxy import FaultProxy, Tunnel
from tests.faults.running import Ended, run, shell, started
from tests.faults.worlds import WORLDS, Bench

pytestmark = pytest.mark.server

WHO = ("who-can", "get", "secrets", "-n", "faults-team")
WAIT = 1.0


@pytest.mark.parametrize(
    ("argv", "path"),
    [
        pytest.param(WHO, "/rolebindings", id="in a list"),
        pytest.param(WHO, "^/apis?$", id="in discovery"),
        pytest.param((*WHO, "--request-timeout=30s"), "/rolebindings", id="in a list with a limit"),
        pytest.param(("version",), "/version", id="in version"),
    ],
)
def test_ctrl_c_ends_a_command_that_waits(
    bench: Bench, in_front: Callable[..., FaultProxy], argv: tuple[str, ...], path: str
) -> None:
    """Status 130 within two seconds, and no traceback."""
    proxy = in_front(fault="hang", path=path)
    WORLDS["admin"](bench)

    with started(bench, *argv) as process:
        proxy.wait_for(path)
        time.sleep(WAIT)
        ended = _interrupted(process)

    assert (130, "", "") == (ended.status, ended.stdout, ended.stderr)
    assert ended.seconds < 2.0


def test_ctrl_c_is_an_answer_for_machines(bench: Bench, in_front: Callable[..., FaultProxy]) -> None:
    """JSON was asked for, so JSON comes, and as soon."""
    proxy = in_front(fault="hang", path="/rolebindings")
    WORLDS["admin"](bench)

    with started(bench, *WHO, "-o", "json") as process:
        proxy.wait_for("/rolebindings")
        time.sleep(WAIT)
        ended = _interrupted(process)

    (error,) = json.loads(ended.stdout)["errors"]
    assert (130, "", "cancelled") == (ended.status, ended.stderr, error["code"])
    assert ended.seconds < 2.0


def test_ctrl_c_ends_a_command_whose_plugin_hangs(bench: Bench) -> None:
    """Status 130, no traceback, and the plugin does not run on."""
    bench.plugin("echo $$ > pid; exec sleep 120")

    with started(bench, *WHO) as process:
        pid = _pid(bench)
        ended = _interrupted(process)

    assert (130, "", "") == (ended.status, ended.stdout, ended.stderr)
    assert not _runs(pid)


@pytest.mark.parametrize("size", ["-n faults-team", "-A -o json"], ids=["little", "much"])
def test_a_reader_who_has_enough_is_no_failure(bench: Bench, size: str) -> None:
    """`| head -1` leaves status 0 and nothing on stderr but what is said anyway."""
    WORLDS["admin"](bench)

    ended = shell(
        bench, '"$@" | head -1; echo "${PIPESTATUS[0]}" >&2', "who-can", "get", "secrets", *size.split()
    )

    assert "0" == ended.stderr.splitlines()[-1]
    assert 1 == len(ended.stdout.splitlines())
    assert "Traceback" not in ended.stderr and "Exception" not in ended.stderr


def test_a_reader_who_has_enough_does_not_fail_the_pipe(bench: Bench) -> None:
    """With `set -o pipefail` the script goes on."""
    WORLDS["admin"](bench)

    ended = shell(
        bench,
        'set -e -o pipefail; "$@" | head -1; echo "after"',
        "who-can",
        "get",
        "secrets",
        "-A",
        "-o",
        "json",
    )

    assert (0, "after") == (ended.status, ended.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "argv", [WHO, ("version", "--client"), ("--help",)], ids=["who-can", "version", "help"]
)
def test_a_closed_stdout_is_an_error(bench: Bench, argv: tuple[str, ...]) -> None:
    """An answer that could not be written is none: status 3, and a line that says so."""
    WORLDS["admin"](bench)

    ended = shell(bench, '"$@" >&-', *argv)

    assert (3, "error: cannot write the answer: bad file descriptor") == (ended.status, _first_error(ended))
    assert "Traceback" not in ended.stderr


def test_a_full_disk_is_an_error(bench: Bench) -> None:
    """Status 3, and a line that says so."""
    WORLDS["admin"](bench)

    ended = shell(bench, '"$@" >/dev/full', *WHO)

    assert (3, "error: cannot write the answer: no space left on device") == (
        ended.status,
        _first_error(ended),
    )
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-"], ids=["stdin", "stderr", "both"])
def test_other_closed_streams_change_nothing(bench: Bench, closed: str) -> None:
    """The answer is the same, and so is the status."""
    WORLDS["admin"](bench)
    expected = run(bench, *WHO)

    ended = shell(bench, f'"$@" {closed}', *WHO)

    assert (0, expected.stdout) == (ended.status, ended.stdout)
    assert "Traceback" not in ended.stderr


def test_manifests_from_a_closed_stdin_are_an_error(bench: Bench) -> None:
    """Nothing was read, so nothing is answered."""
    ended = shell(bench, '"$@" <&-', "who-can", "get", "secrets", "-f", "-")

    assert "Traceback" not in ended.stderr
    assert ended.status in (2, 3)
    assert _first_error(ended).startswith("error: ")


def test_retry_after_is_waited_for(bench: Bench, in_front: Callable[..., FaultProxy]) -> None:
    """The second request comes a second after the first, which was answered with `Retry-After: 1`."""
    proxy = in_front(fault="429-once", path="/rolebindings")
    WORLDS["admin"](bench)

    ended = run(bench, *WHO)
    first, second = (one.at for one in proxy.seen if "/rolebindings" in one.path)

    assert 0 == ended.status
    assert 1.0 <= second - first < 3.0


def test_an_expired_list_is_read_again_from_the_start(
    bench: Bench, in_front: Callable[..., FaultProxy]
) -> None:
    """After a 410 the next request carries no token."""
    proxy = in_front(fault="410-once", path="/rolebindings", pages=5)
    WORLDS["admin"](bench)

    ended = run(bench, *WHO)
    lists = [one.path for one in proxy.seen if "/rolebindings" in one.path]

    assert 0 == ended.status
    assert [False, True, False, True] == ["continue=" in path for path in lists[:4]]


def test_a_list_that_always_expires_is_taken_in_one_piece(
    bench: Bench, in_front: Callable[..., FaultProxy]
) -> None:
    """The last request has neither a token nor a limit."""
    proxy = in_front(fault="410-on-pages", path="/rolebindings", pages=5)
    WORLDS["admin"](bench)

    ended = run(bench, *WHO)
    lists = [one.path for one in proxy.seen if "/rolebindings" in one.path]

    assert 0 == ended.status
    assert lists[-1].endswith("/namespaces/faults-team/rolebindings")


def test_the_proxy_of_the_kubeconfig_is_used(bench: Bench) -> None:
    """Each connection is a CONNECT to the server."""
    with Tunnel() as tunnel:
        bench.tunnel = tunnel.url
        WORLDS["tunnel"](bench)
        ended = run(bench, *WHO)

    assert 0 == ended.status
    assert {bench.server.removeprefix("https://")} == set(tunnel.wanted)


CLUSTER_WIDE = {"clusterrolebindings", "clusterroles"}


@pytest.mark.parametrize(
    ("world", "missing"),
    [
        pytest.param("tenant", {*CLUSTER_WIDE, "rolebindings", "roles"}, id="nothing"),
        pytest.param("one namespace", CLUSTER_WIDE, id="one namespace"),
        pytest.param("all but clusterroles", {"clusterroles"}, id="all but clusterroles"),
    ],
)
def test_coverage_names_what_may_hide_a_grant(bench: Bench, world: str, missing: set[str]) -> None:
    """The JSON keeps to its schema; unread roles count where a binding needs one, or may."""
    WORLDS[world](bench)

    ended = run(bench, *WHO, "-o", "json")
    answer = json.loads(ended.stdout)

    jsonschema.validate(answer, _schema())
    assert 3 == ended.status
    assert answer["coverage"]["complete"] is False
    assert missing == {gap["resource"] for gap in answer["coverage"]["gaps"]}


def test_what_one_namespace_proves_is_listed(bench: Bench) -> None:
    """All whom its own roles grant it, and nobody else."""
    WORLDS["one namespace"](bench)

    ended = run(bench, *WHO, "-o", "json")
    proven = {item["subject"]["name"] for item in json.loads(ended.stdout)["items"]}

    assert {f"m{number:02}@example.com" for number in range(23)} == proven


def test_a_corrupt_cache_is_mended(bench: Bench) -> None:
    """What discovery answers replaces it."""
    WORLDS["corrupt cache"](bench)

    ended = run(bench, *WHO)
    kept = cached(cache_file(bench.cache, bench.server)) or ()

    assert 0 == ended.status
    assert "secrets" in {found.name for found in kept}


def test_an_unwritable_cache_is_left_alone(bench: Bench) -> None:
    """The file that is in its place stays as it is."""
    WORLDS["unwritable cache"](bench)
    before = bench.cache.read_bytes()

    ended = run(bench, *WHO)

    assert 0 == ended.status
    assert before == bench.cache.read_bytes()


def test_no_secret_is_told(bench: Bench) -> None:
    """Neither -v9 nor a failure shows the token."""
    WORLDS["wrong token"](bench)

    ended = run(bench, *WHO, "-v=9")

    assert 3 == ended.status
    assert "0123456789abcdef" not in ended.stdout + ended.stderr


def _interrupted(process: subprocess.Popen[str]) -> Ended:
    """How the process ended after Ctrl-C, and after how long."""
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        stdout, stderr = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
    return Ended(stdout, stderr, process.returncode, time.monotonic() - begun)


def _pid(bench: Bench) -> int:
    """The plugin's process, once it runs."""
    file = bench.directory / "pid"
    deadline = time.monotonic() + 20
    while not (file.exists() and file.read_text().strip()):
        assert deadline > time.monotonic(), "the plugin was not started"
        time.sleep(0.02)
    return int(file.read_text())


def _runs(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in ("", "Z")


def _first_error(ended: Ended) -> str:
    found = re.search(r"(?m)^error: .*$", ended.stderr)
    return found[0] if found else ""


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(
        (files("kubectl_kfaccess") / "schemas" / "WhoCan.json").read_text("utf-8")
    )
    return schema
