"""The executable that users run, in a process of its own with nothing of this machine's user around it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.worlds import Bench
from tests.running import heed_interrupts

PROGRAM = str(Path(sys.executable).parent / "kubectl-kfaccess")
LONGEST = 45.0  # seconds; what takes longer is killed


@dataclass(frozen=True)
class Ended:
    """What a process printed, how it ended, and after how many seconds."""

    stdout: str
    stderr: str
    status: int
    seconds: float


def run(bench: Bench, *argv: str, **options: Any) -> Ended:
    """Return how a command line ended."""
    begun = time.monotonic()
    with started(bench, *argv, **options) as process:
        try:
            stdout, stderr = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            stdout, stderr = process.communicate()
        return Ended(stdout, stderr, process.returncode, time.monotonic() - begun)


def shell(bench: Bench, script: str, *argv: str) -> Ended:
    """Return how a script for bash ended, in which `"$@"` is the command line."""
    begun = time.monotonic()
    ended = subprocess.run(
        ["bash", "-c", script, "bash", *command(bench, *argv)],
        env=environ(bench), cwd=bench.directory, capture_output=True, text=True, timeout=LONGEST, check=False,
    )  # fmt: skip
    return Ended(ended.stdout, ended.stderr, ended.returncode, time.monotonic() - begun)


def started(bench: Bench, *argv: str, **options: Any) -> subprocess.Popen[str]:
    """Return the process of a command line, just started."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen(
        command(bench, *argv), env=environ(bench), cwd=bench.directory, text=True, encoding="utf-8",
        preexec_fn=heed_interrupts, **pipes,
    )  # fmt: skip


def command(bench: Bench, *argv: str) -> list[str]:
    """Return the command line, with the bench's own cache and flags."""
    return [PROGRAM, *argv, "--cache-dir", str(bench.cache), *bench.flags]


def environ(bench: Bench) -> dict[str, str]:
    """Return the variables of the process: the bench's, and what a process needs."""
    home = bench.directory / "home"
    home.mkdir(exist_ok=True)
    found = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **bench.environ}
    return {**found, "KUBECONFIG": bench.kubeconfig} if bench.kubeconfig else found
