"""The processes of a control plane, which end at the latest when the process that started them ends."""

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

# The shell announces its process group to the watchdog and then becomes the program. Until then, its standard
# input is the watchdog's pipe, so the pipe does not end before the watchdog has read the announcement
LAUNCH = 'echo "watch $$" >&0; exec "$@" </dev/null'


class StartError(Exception):
    """A process of the control plane did not start, or ended before it was ready."""


class Watchdog:
    """A process that kills process groups and removes a directory after this process has ended."""

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
        assert self._process.stdin is not None  # mypy does not know that PIPE sets it
        self.pipe: IO[bytes] = self._process.stdin

    def forget(self, group: int) -> None:
        """Remove a process group from the watchdog's list, before its number can be another group's."""
        self._tell(f"forget {group}")

    def close(self) -> None:
        """Let the watchdog clean up now, and wait until it has finished."""
        # A message, because closing the pipe is not enough: a fork of this process can hold the pipe, too
        self._tell("end")
        self.pipe.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        """Write a line to the watchdog, if it is still running."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self.pipe.fileno(), f"{line}\n".encode())


class Process:
    """A running program in a process group of its own, whose output goes to a file."""

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
        """Return whether the program is running."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], timeout: float = START_TIMEOUT) -> None:
        """Wait until the program is ready; raises StartError if it ends before or takes too long."""
        deadline = time.monotonic() + timeout
        while not (ready() and self.running):
            if not self.running:
                raise StartError(self._report(f"ended with status {self._process.returncode}"))
            if time.monotonic() > deadline:
                raise StartError(self._report(f"is not ready after {timeout:.0f} s"))
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask the program to end, and kill it if it does not end within some seconds."""
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()
        self._watchdog.forget(self._process.pid)

    def tail(self) -> str:
        """Return the last lines of the program's output."""
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:])

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, unless it has ended."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _report(self, problem: str) -> str:
        """Return an error message with the program's last output."""
        return f"{self.name} {problem}; its last output:\n{self.tail()}"


def free_ports(count: int) -> list[int]:
    """Return different ports of 127.0.0.1 that are free now; another process can take them before we do."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
