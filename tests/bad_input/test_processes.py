"""The executable as a process among others: pipes that break, streams that are closed, interrupts."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.bad_input.big_files import documents, write
from tests.bad_input.program import PROGRAM, Ended, assert_decent, own, run
from tests.running import heed_interrupts

INTERRUPTED = 130
ASK = f"'{PROGRAM}' who-can get secrets --demo"
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
contexts: [{{name: c, context: {{cluster: c}}}}]
current-context: c
"""


def shell(text: str, cwd: Path) -> Ended:
    """Run a line of a real shell; its status is that of the program in front of any pipe."""
    return run("-c", f"{text}; exit ${{PIPESTATUS[0]}}", cwd=cwd, command=("bash",))


@pytest.mark.parametrize(
    ("reader", "status"),
    [
        pytest.param("head -1", 0, id="one that reads a line"),
        pytest.param("true", 0, id="one that reads nothing"),
    ],
)
@pytest.mark.parametrize("form", ["table", "json", "csv", "name"])
def test_a_reader_may_leave_early(reader: str, status: int, form: str, tmp_path: Path) -> None:
    """`| head -1` is no mistake, whether the pipe breaks or has taken everything by then."""
    ended = shell(f"{ASK} -A -o {form} | {reader}", tmp_path)

    assert status == ended.status
    assert_decent(ended)
    assert "error" not in ended.stderr


def test_a_long_answer_breaks_its_pipe(tmp_path: Path) -> None:
    """More than a pipe holds is written to a reader that has gone: status 0, nothing to complain about."""
    write(tmp_path / "many.yaml", documents(), size=1_000_000)

    ended = shell(f"'{PROGRAM}' who-can get secrets -f many.yaml -A -o json | head -1", tmp_path)

    assert (0, "{\n") == (ended.status, ended.stdout)
    assert_decent(ended)


def test_a_reader_of_the_messages_may_leave_early(tmp_path: Path) -> None:
    """A mistake stays a mistake when nobody listens."""
    ended = shell(f"sleep 0.2; '{PROGRAM}' whocan 2>&1 >/dev/null | true", tmp_path)

    assert (2, "") == (ended.status, ended.stderr)


@pytest.mark.parametrize(
    ("streams", "status", "said"),
    [
        pytest.param("<&-", 0, "", id="stdin"),
        pytest.param(">&-", 3, "error: cannot write the answer: bad file descriptor\n", id="stdout"),
        pytest.param("2>&-", 0, "", id="stderr"),
        pytest.param("<&- >&- 2>&-", 3, "", id="all of them"),
        pytest.param(">/dev/full", 3, "error: cannot write the answer: no space left on device\n", id="full"),
        pytest.param("2>/dev/full", 0, "", id="messages on a full disk"),
    ],
)
def test_a_stream_may_be_closed_or_full(streams: str, status: int, said: str, tmp_path: Path) -> None:
    """An answer that cannot be written is an error; messages that cannot be are not."""
    ended = shell(f"{ASK} -o name {streams}", tmp_path)

    assert status == ended.status
    assert "Traceback" not in ended.stderr
    assert said in ended.stderr
    assert (status == 0) == ("group/system:masters" in ended.stdout)


def test_objects_from_a_closed_stdin_are_none(tmp_path: Path) -> None:
    """There is nothing to read, which is told."""
    ended = shell(f"'{PROGRAM}' who-can get secrets -f - <&-", tmp_path)

    assert (2, "") == (ended.status, ended.stdout)
    assert "error: no Kubernetes object in `-`" in ended.stderr


@pytest.mark.parametrize("argument", ["--help", "version --client"])
def test_help_on_a_full_disk_is_an_error(argument: str, tmp_path: Path) -> None:
    """What could not be written was not told."""
    ended = shell(f"'{PROGRAM}' {argument} >/dev/full", tmp_path)

    assert (3, "error: cannot write the answer: no space left on device\n") == (ended.status, ended.stderr)


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("delay", [0.5, 1.5])
def test_an_interrupt_ends_a_request_that_hangs(silent: int, delay: float, tmp_path: Path) -> None:
    """Ctrl-C ends it at once, status 130, without a word more."""
    (tmp_path / "config").write_text(KUBECONFIG.format(port=silent))

    ended = interrupted("who-can", "get", "secrets", cwd=tmp_path, after=delay)

    assert (INTERRUPTED, "") == (ended.status, ended.stdout)
    assert_decent(ended)
    assert ended.seconds < 2


@pytest.mark.parametrize("delay", [0.5, 1.5])
def test_an_interrupt_ends_the_reading_of_a_big_file(delay: float, tmp_path: Path) -> None:
    """Ctrl-C is heard between two documents."""
    write(tmp_path / "big.yaml", documents(), size=20_000_000)

    ended = interrupted("who-can", "get", "secrets", "-A", "-f", "big.yaml", cwd=tmp_path, after=delay)

    assert (INTERRUPTED, "", "") == (ended.status, ended.stdout, ended.stderr)
    assert ended.seconds < 2


def test_an_interrupt_ends_the_wait_for_standard_input(tmp_path: Path) -> None:
    """`-f -` without anybody who writes is left with Ctrl-C."""
    read, write_end = os.pipe()
    with os.fdopen(read), os.fdopen(write_end, "w"):
        ended = interrupted("who-can", "get", "secrets", "-f", "-", cwd=tmp_path, after=0.5, stdin=read)

    assert (INTERRUPTED, "", "") == (ended.status, ended.stdout, ended.stderr)


def interrupted(*argv: str, cwd: Path, after: float, stdin: int = subprocess.DEVNULL) -> Ended:
    """Run the executable, send SIGINT to it *after* so many seconds; how long it took from there on."""
    process = subprocess.Popen(
        [str(PROGRAM), *argv],
        cwd=cwd,
        env=own(cwd),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heed_interrupts,
    )
    time.sleep(after)
    assert process.poll() is None, "it ended by itself"
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    stdout, stderr = process.communicate(timeout=30)
    seconds = time.monotonic() - begun
    return Ended(process.returncode, stdout.decode(), stderr.decode(), seconds)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["a.yaml", "here/"])
def test_a_file_that_may_not_be_read_is_told(name: str, tmp_path: Path) -> None:
    """Status 2 and the system's own words, for a file as for a directory."""
    path = tmp_path / name
    path.mkdir() if name.endswith("/") else path.touch()
    path.chmod(0)

    ended = run("who-can", "get", "secrets", "-f", name, cwd=tmp_path)
    path.chmod(stat.S_IRWXU)

    assert (2, f"error: cannot read `{name}`: permission denied\n") == (ended.status, ended.stderr)


def test_a_name_that_is_no_unicode_is_told(tmp_path: Path) -> None:
    """The bytes of a file's name need not be text."""
    argv = [os.fsencode(PROGRAM), b"who-can", b"get", b"secrets", b"-f", b"caf\xe9.yaml"]

    done = subprocess.run(argv, cwd=tmp_path, env=own(tmp_path), capture_output=True)

    assert 2 == done.returncode
    assert b"error: cannot read `caf\\udce9.yaml`: no such file or directory\n" == done.stderr


def test_the_module_that_runs_is_the_installed_one() -> None:
    """What these tests run belongs to the Python that runs them."""
    assert PROGRAM.read_text().startswith(f"#!{sys.executable}")
