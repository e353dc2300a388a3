"""
Clean up after a test runner: this is a separate program, so that it outlives the runner.

Its standard input is a pipe whose other end only the runner holds, so the end of the input means that the
runner has ended in any way. Before that, it reads lines: `watch GROUP` when a process group was started,
`forget GROUP` when the runner has ended one itself, `end` at the end. Then, or at the end of the input, it
kills the remaining groups and removes the directory.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

PATIENCE = 10.0
"""Seconds in which the killed processes have to let go of the directory."""


def main(directory: Path) -> None:
    """Read to the end of the input, then clean up."""
    _kill(_remaining_groups(sys.stdin))
    _remove(directory)


def _remaining_groups(lines: Iterable[str]) -> list[int]:
    """Return the process groups that the runner started and did not end, in the order of their start."""
    groups: dict[int, None] = {}
    for line in lines:
        verb, _, group = line.strip().partition(" ")
        if verb == "end":
            break
        if verb == "watch":
            groups[int(group)] = None
        else:
            groups.pop(int(group), None)
    return list(groups)


def _kill(groups: list[int]) -> None:
    """Kill process groups, the last one first; their data is temporary."""
    for group in reversed(groups):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def _remove(directory: Path) -> None:
    """Remove the directory, repeatedly while a dying process still writes into it."""
    deadline = time.monotonic() + PATIENCE
    while directory.exists() and time.monotonic() < deadline:
        shutil.rmtree(directory, ignore_errors=True)
        time.sleep(0.05)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
