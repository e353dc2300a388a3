"""Time whole commands: several runs in turn, their medians, and ratios of commands that ran together."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

RUNS = 7


@dataclass(frozen=True)
class Run:
    """
    One finished run: wall-clock seconds, the peak memory of the process in MiB, and its exit status.

    *cpu* is the seconds that processors worked for it, which depend less on what else the machine does.
    """

    seconds: float
    peak: float
    status: int
    cpu: float


@dataclass(frozen=True)
class Figure:
    """The medians of several runs, in seconds, MiB and seconds of processors."""

    seconds: float
    peak: float
    cpu: float


def in_turn(
    commands: Mapping[str, Sequence[str]], environ: Mapping[str, str], *, runs: int = RUNS
) -> dict[str, Figure]:
    """Run the commands in turn, A B C A B C …, after one uncounted round; return the medians by name."""
    runs_by_name: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(runs + 1):
        for name, command in commands.items():
            run = once(command, environ)
            if run.status not in (0, 1):
                raise RuntimeError(f"`{name}` ended with {run.status}")
            if number:
                runs_by_name[name].append(run)
    return {
        name: Figure(*(median(getattr(run, field) for run in own) for field in ("seconds", "peak", "cpu")))
        for name, own in runs_by_name.items()
    }


def once(command: Sequence[str], environ: Mapping[str, str], stdin: str = os.devnull) -> Run:
    """Run one command, and discard its output."""
    with open(stdin, "rb") as input_stream, open(os.devnull, "wb") as sink:  # noqa: PTH123 (devices)
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=input_stream, stdout=sink, stderr=sink, env=dict(environ))
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Run(seconds, usage.ru_maxrss / 1024, process.returncode, cpu)
