"""Time whole commands: several runs in turn, their medians, and ratios of commands that ran together."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

RUNS = 7


@dataclass(frozen=True)
class Run:
    """
    One finished run: wall-clock seconds, and its exit status.

    *cpu* is the seconds that processors worked for it, which depend less on what else the machine does.
    """

    seconds: float
    status: int
    cpu: float


@dataclass(frozen=True)
class Figure:
    """The medians of several runs, in seconds and seconds of processors, and the peak of one in MiB."""

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
        name: Figure(
            median(run.seconds for run in own), peak(commands[name], environ), median(run.cpu for run in own)
        )
        for name, own in runs_by_name.items()
    }


# Runs the rest of its arguments, and prints their peak memory in KiB. A child counts the memory that its
# parent had when it started it, so the parent has to be small.
_PEAK = """\
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdin=-3, stdout=-3, stderr=-3)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak(command: Sequence[str], environ: Mapping[str, str]) -> float:
    """Run a command, and return its peak memory in MiB."""
    launcher = [sys.executable, "-S", "-c", _PEAK, *command]
    done = subprocess.run(launcher, env=dict(environ), capture_output=True, check=True)
    return int(done.stdout) / 1024


def once(command: Sequence[str], environ: Mapping[str, str], stdin: str = os.devnull) -> Run:
    """Run one command, and discard its output."""
    with open(stdin, "rb") as input_stream, open(os.devnull, "wb") as sink:  # noqa: PTH123 (devices)
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=input_stream, stdout=sink, stderr=sink, env=dict(environ))
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Run(seconds, process.returncode, cpu)
