"""Removes what a test runner leaves behind: run as a program of its own, it outlives the runner.

Its standard input is a pipe whose other end only the runner holds, so the end of that input means that the
runner is gone, however it went. Lines come in meanwhile: `watch GROUP` when a process group was started,
`forget GROUP` when the runner has ended one itself, `end` when all is over. Then, or at the end of the input,
the remaining groups are killed and the directory is removed.
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
    """Nothing: reads to the end of the input, then cleans up."""
    _kill(_remaining_groups(sys.stdin))
    _remove(directory)


def _remaining_groups(lines: Iterable[str]) -> list[int]:
    """The process groups that were started and not ended by the runner, in starting order."""
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
    """Kills process groups, the last one started first; the data are temporary."""
    for group in reversed(groups):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def _remove(directory: Path) -> None:
    """Removes the directory, again and again while a dying process still writes into it."""
    deadline = time.monotonic() + PATIENCE
    while directory.exists() and time.monotonic() < deadline:
        shutil.rmtree(directory, ignore_errors=True)
        time.sleep(0.05)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
