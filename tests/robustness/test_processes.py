"""The executable as a process among others: pipes that break, streams that are closed or full, interrupts."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import stat
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest
import yaml

from tests.robustness.big_files import documents, write
from tests.robustness.process import (
    PROGRAM,
    assert_decent,
    interrupted,
    rest,
    run,
    shell,
    started,
    wait_until,
)
from tests.robustness.proxy import FaultProxy
from tests.robustness.worlds import WORLDS, Bench

INTERRUPTED = 130
ASK = ("who-can", "get", "secrets", "--demo")
LIVE = ("who-can", "get", "secrets", "-n", "faults-team")
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
contexts: [{{name: c, context: {{cluster: c}}}}]
current-context: c
"""


# --- pipes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reader",
    [pytest.param("head -1", id="reads a line"), pytest.param("true", id="reads nothing")],
)
@pytest.mark.parametrize("form", ["table", "json", "csv", "name"])
def test_a_reader_can_leave_early(reader: str, form: str, tmp_path: Path) -> None:
    """`| head -1` is no mistake, whether the pipe breaks or has taken everything by then."""
    result = shell(f'"$@" | {reader}; exit ${{PIPESTATUS[0]}}', *ASK, "-A", "-o", form, cwd=tmp_path)

    assert 0 == result.status
    assert_decent(result)
    assert "error" not in result.stderr
    assert "Exception" not in result.stderr


def test_a_script_goes_on_when_a_reader_has_enough(tmp_path: Path) -> None:
    """Also with `set -o pipefail`."""
    script = 'set -e -o pipefail; "$@" | head -1; echo "after"'

    result = shell(script, *ASK, "-A", "-o", "json", cwd=tmp_path)

    assert (0, "after") == (result.status, result.lines[-1])


def test_a_long_answer_breaks_its_pipe(tmp_path: Path) -> None:
    """More than a pipe holds is written to a reader that has gone: status 0 and no complaint."""
    write(tmp_path / "many.yaml", documents(), size=1_000_000)
    argv = ("who-can", "get", "secrets", "-f", "many.yaml", "-A", "-o", "json")

    result = shell('"$@" | head -1; exit ${PIPESTATUS[0]}', *argv, cwd=tmp_path)

    assert (0, "{\n") == (result.status, result.stdout)
    assert_decent(result)


def test_a_reader_of_the_messages_can_leave_early(tmp_path: Path) -> None:
    """A mistake stays a mistake when nobody listens."""
    reader, writer = os.pipe()
    os.close(reader)

    with os.fdopen(writer), started("whocan", cwd=tmp_path, stderr=writer) as process:
        result = rest(process)

    assert (2, "") == (result.status, result.stdout)


# --- streams ----------------------------------------------------------------------------------------------

NAMES = (*ASK, "-o", "name")
CLOSED, FULL = "bad file descriptor", "no space left on device"


@pytest.mark.parametrize("streams", ["<&-", "2>&-", "<&- 2>&-", "2>/dev/full"])
def test_other_streams_can_be_closed_or_full(streams: str, tmp_path: Path) -> None:
    """Messages that cannot be written change neither the answer nor the status."""
    expected = run(*NAMES, cwd=tmp_path)

    result = shell(f'"$@" {streams}', *NAMES, cwd=tmp_path)

    assert (0, expected.stdout) == (result.status, result.stdout)
    assert "group/system:masters" in result.stdout
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("streams", "cause"),
    [
        pytest.param(">&-", CLOSED, id="closed"),
        pytest.param(">/dev/full", FULL, id="full"),
        pytest.param("<&- >&- 2>&-", "", id="all closed"),
    ],
)
@pytest.mark.parametrize(
    "argv", [NAMES, ("version", "--client"), ("--help",)], ids=["who-can", "version", "help"]
)
def test_an_answer_that_cannot_be_written_is_an_error(
    argv: tuple[str, ...], streams: str, cause: str, tmp_path: Path
) -> None:
    """Status 3, and one line that says why, if there is where to say it."""
    result = shell(f'"$@" {streams}', *argv, cwd=tmp_path)

    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert (3, "") == (result.status, result.stdout)
    assert "Traceback" not in result.stderr
    assert ([], "") == (errors, cause) if not cause else (1, True) == (len(errors), cause in errors[0])


def test_a_closed_stdin_has_no_objects(tmp_path: Path) -> None:
    """There is nothing to read, and the error says so."""
    result = shell('"$@" <&-', "who-can", "get", "secrets", "-f", "-", cwd=tmp_path)

    assert (2, "") == (result.status, result.stdout)
    assert_decent(result)
    assert "Kubernetes object" in result.stderr


# --- interrupts -------------------------------------------------------------------------------------------


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener


@pytest.mark.parametrize("reads", [False, True], ids=["as soon as it is connected", "once it has asked"])
def test_an_interrupt_ends_a_request_that_hangs(silent: socket.socket, reads: bool, tmp_path: Path) -> None:
    """Ctrl-C ends it with status 130, without another word, though the server never answers."""
    (tmp_path / "config").write_text(KUBECONFIG.format(port=silent.getsockname()[1]))

    with started("who-can", "get", "secrets", cwd=tmp_path) as process:
        connection, _ = silent.accept()
        with connection:
            if reads:
                assert connection.recv(1)
            result = interrupted(process)

    assert (INTERRUPTED, "") == (result.status, result.stdout)
    assert_decent(result)


@pytest.mark.parametrize("ends", [False, True], ids=["midway", "at its end"])
def test_an_interrupt_ends_the_reading_of_a_big_file(ends: bool, tmp_path: Path) -> None:
    """Ctrl-C is heard while the program reads 10 MB, and between two documents afterwards."""
    text = "".join(islice(documents(), 20_000))
    file = tmp_path / "big.yaml"
    os.mkfifo(file)

    with started("who-can", "get", "secrets", "-A", "-f", "big.yaml", cwd=tmp_path) as process:
        with file.open("w", encoding="utf-8") as pipe:  # the program takes what is written, as it comes
            pipe.write(text)
            pipe.flush()
            if not ends:
                result = interrupted(process)
        if ends:
            result = interrupted(process)

    assert (INTERRUPTED, "", "") == (result.status, result.stdout, result.stderr)


def test_an_interrupt_ends_the_wait_for_standard_input(tmp_path: Path) -> None:
    """`-f -` that nobody writes to any more can be left with Ctrl-C."""
    reader, writer = os.pipe()
    with (
        os.fdopen(reader),
        os.fdopen(writer, "w") as pipe,
        started("who-can", "get", "secrets", "-f", "-", cwd=tmp_path, stdin=reader) as process,
    ):
        pipe.write("apiVersion: v1\n")
        pipe.flush()
        wait_until(lambda: not unread(reader), "standard input is not read")
        result = interrupted(process)

    assert (INTERRUPTED, "", "") == (result.status, result.stdout, result.stderr)


def unread(pipe: int) -> int:
    """Return how many bytes are in a pipe."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


@pytest.mark.server
@pytest.mark.parametrize(
    ("argv", "path"),
    [
        pytest.param(LIVE, "/rolebindings", id="in a list"),
        pytest.param(LIVE, "^/apis?$", id="in discovery"),
        pytest.param((*LIVE, "--request-timeout=2m"), "/rolebindings", id="in a list with a limit"),
        pytest.param(("version",), "/version", id="in version"),
    ],
)
def test_an_interrupt_ends_a_command_that_waits(
    bench: Bench, in_front: Callable[..., FaultProxy], argv: tuple[str, ...], path: str
) -> None:
    """Status 130 and no traceback, while the server still does not answer."""
    proxy = in_front(fault="hang", path=path)
    WORLDS["admin"](bench)

    with bench.started(*argv) as process:
        proxy.wait_until_stuck()
        result = interrupted(process)

    assert (INTERRUPTED, "", "") == (result.status, result.stdout, result.stderr)


@pytest.mark.server
def test_an_interrupt_is_an_answer_for_programs(bench: Bench, in_front: Callable[..., FaultProxy]) -> None:
    """They asked for JSON, so they get JSON."""
    proxy = in_front(fault="hang", path="/rolebindings")
    WORLDS["admin"](bench)

    with bench.started(*LIVE, "-o", "json") as process:
        proxy.wait_until_stuck()
        result = interrupted(process)

    (error,) = json.loads(result.stdout)["errors"]
    assert (INTERRUPTED, "", "cancelled") == (result.status, result.stderr, error["code"])


@pytest.mark.server
def test_an_interrupt_ends_a_plugin_that_hangs(bench: Bench) -> None:
    """Status 130, no traceback, and the plugin does not run on."""
    bench.plugin("echo $$ > pid; exec sleep 120")
    file = bench.directory / "pid"

    with bench.started(*LIVE) as process:
        wait_until(lambda: file.exists() and file.read_text().strip(), "the plugin was not started")
        result = interrupted(process)

    assert (INTERRUPTED, "", "") == (result.status, result.stdout, result.stderr)
    assert not runs(int(file.read_text()))


def runs(pid: int) -> bool:
    """Whether a process is there, and more than a zombie."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in ("", "Z")


# --- files and names --------------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
@pytest.mark.parametrize("name", ["a.yaml", "here/"])
def test_a_file_without_permission_is_an_error(name: str, tmp_path: Path) -> None:
    """Status 2 and the system's own words, for a file as for a directory."""
    path = tmp_path / name
    path.mkdir() if name.endswith("/") else path.touch()
    path.chmod(0)

    result = run("who-can", "get", "secrets", "-f", name, cwd=tmp_path)
    path.chmod(stat.S_IRWXU)

    assert 2 == result.status
    assert_decent(result)
    assert f"`{name}`: permission denied\n" in result.stderr


def test_a_name_that_is_no_unicode_is_shown(tmp_path: Path) -> None:
    """The bytes of a file's name need not be text."""
    result = run(b"who-can", b"get", b"secrets", b"-f", b"caf\xe9.yaml", cwd=tmp_path)

    assert 2 == result.status
    assert_decent(result)
    assert r"`caf\udce9.yaml`: no such file or directory" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        (b"explain", b"user:al\xffice", b"create", b"secrets"),
        (b"check", b"al\xffice"),
        (b"who-can", b"g\xffet", b"secrets"),
        (b"who-can", b"get", b"secrets", b"-n", b"team-\xff"),
        (b"who-can", b"get", b"secrets", b"--as=\xff"),
        (b"wh\xffo-can",),
    ],
    ids=["subject", "bare subject", "verb", "namespace", "flag", "command"],
)
@pytest.mark.parametrize("form", [b"table", b"json", b"yaml"])
def test_a_word_that_is_no_unicode_is_an_error(words: tuple[bytes, ...], form: bytes, tmp_path: Path) -> None:
    """No name in a cluster has such bytes: status 2, and one line in each format."""
    result = run(*words, b"--demo", b"-o", form, cwd=tmp_path)

    assert 2 == result.status
    assert_decent(result)
    assert "\\udcff" in result.stderr.splitlines()[0]


def test_a_file_that_is_no_unicode_is_named_in_yaml(tmp_path: Path) -> None:
    """YAML has no escape for its bytes, so they are written as on a terminal."""
    result = run(b"who-can", b"get", b"secrets", b"-f", b"caf\xe9.yaml", b"-o", b"yaml", cwd=tmp_path)

    (error,) = yaml.safe_load(result.stdout)["errors"]
    assert (2, "unreadable-input") == (result.status, error["code"])
    assert r"`caf\udce9.yaml`" in error["message"]


# --- a working directory that was deleted -----------------------------------------------------------------

DELETED = 'cd "$(mktemp -d "$HOME/XXXX")" && rmdir "$PWD" && exec "$@"'


@pytest.mark.parametrize(
    "argv", [NAMES, ("version", "--client"), ("--help",), ("completion", "bash")], ids=" ".join
)
def test_a_working_directory_that_was_deleted_is_not_needed(argv: tuple[str, ...], tmp_path: Path) -> None:
    """The answer is the same."""
    expected = run(*argv, cwd=tmp_path)

    result = shell(DELETED, *argv, cwd=tmp_path)

    assert (0, expected.stdout) == (result.status, result.stdout)
    assert_decent(result)


@pytest.mark.parametrize("name", ["a.yaml", "a/b.yaml"])
def test_there_are_no_files_in_a_working_directory_that_was_deleted(name: str, tmp_path: Path) -> None:
    """They are missing, as anywhere else."""
    result = shell(DELETED, *ASK[:-1], "-f", name, cwd=tmp_path)

    assert 2 == result.status
    assert f"`{name}`: no such file or directory" in result.stderr
    assert_decent(result)


def test_the_executable_is_the_installed_one() -> None:
    """What these tests run belongs to the Python that runs them."""
    assert PROGRAM.read_text().startswith(f"#!{sys.executable}")
