"""The processes of a control plane, none of which outlives the one that started them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

START_TIMEOUT = 60.0
STOP_TIMEOUT = 5.0
TAIL_LINES = 30

# The shell announces its process group to the watchdog and then becomes the program. Its standard input is
# the watchdog's pipe until then, so that pipe does not end before the watchdog has read the announcement.
LAUNCH = 'echo "watch $$" >&0; exec "$@" </dev/null'


class StartError(Exception):
    """A process of the control plane did not start, or ended before it was ready."""


class Watchdog:
    """A process that kills groups of processes and removes a directory once this process is gone."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        program = Path(__file__).with_name("watchdog.py")
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", program, directory],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        assert self._process.stdin is not None  # mypy does not know what PIPE does
        self.pipe: IO[bytes] = self._process.stdin

    def forget(self, group: int) -> None:
        """Nothing: takes a process group off the watchdog's list, before its number can mean another one."""
        self._tell(f"forget {group}")

    def close(self) -> None:
        """Nothing: lets the watchdog do its work now, and waits for its end."""
        # Said, and not only shown by closing the pipe: a fork of this process may hold the pipe, too.
        self._tell("end")
        self.pipe.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        """Nothing: writes a line to the watchdog, if there still is one."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self.pipe.fileno(), f"{line}\n".encode())


class Process:
    """One running program, in a process group of its own, whose output goes to a file."""

    def __init__(self, name: str, command: Sequence[str | Path], log: Path, watchdog: Watchdog) -> None:
        self.name, self._log, self._watchdog = name, log, watchdog
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", LAUNCH, name, *command],
                stdin=watchdog.pipe,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=watchdog.directory,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        """Whether the program has not ended."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], timeout: float = START_TIMEOUT) -> None:
        """Nothing, once the program is ready; StartError when it ends before, or takes too long."""
        deadline = time.monotonic() + timeout
        while not (ready() and self.running):
            if not self.running:
                raise StartError(self._report(f"ended with status {self._process.returncode}"))
            if time.monotonic() > deadline:
                raise StartError(self._report(f"is not ready after {timeout:.0f} s"))
            time.sleep(0.05)

    def stop(self) -> None:
        """Nothing: the program is asked to end, and killed when it does not within some seconds."""
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()
        self._watchdog.forget(self._process.pid)

    def tail(self) -> str:
        """The last lines of what the program wrote."""
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:])

    def _signal(self, number: signal.Signals) -> None:
        """Sends a signal to the whole group, unless it has ended."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _report(self, what: str) -> str:
        """An error message that ends with the program's own last words."""
        return f"{self.name} {what}; its last output:\n{self.tail()}"


def free_ports(count: int) -> list[int]:
    """Different ports of 127.0.0.1 that are free now; one may be taken before it is bound."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
