"""
The installed executable in a process of its own, away from the user's home, kubeconfig and caches.

A process costs a third of a second. Tests that need no real streams, signals or limits call
`tests.running.run` instead, which runs the same command line inside this process.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.running import Result, heed_interrupts

PROGRAM = Path(sys.executable).with_name("kubectl-kfaccess")

# Seconds after which a process counts as hung. No test waits for this on purpose, so it can be generous.
WATCHDOG = 60.0

# Runs the rest of its arguments and leaves their peak memory, in KiB, in the file that comes first
_MEASURE = """\
import resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
with open(sys.argv[1], "w") as file:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=file)
sys.exit(status)
"""

# Runs the rest of its arguments with an address space of a gibibyte
_LIMIT = """\
import os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
os.execv(sys.argv[1], sys.argv[1:])
"""


def environment(directory: Path) -> dict[str, str]:
    """Return the variables of a process that has its home, its kubeconfig and its caches in *directory*."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(directory),
        "KUBECONFIG": str(directory / "config"),
        "KUBECACHEDIR": str(directory / "cache"),
    }


def ended(
    command: Sequence[str | bytes | os.PathLike[str]],
    *,
    environ: Mapping[str, str],
    cwd: Path | None = None,
    stdin: bytes = b"",
    seconds: float = WATCHDOG,
) -> Result:
    """Run *command* to its end; *environ* is all that is in its environment."""
    done = subprocess.run(
        command, cwd=cwd, env=dict(environ), input=stdin, capture_output=True, check=False, timeout=seconds
    )
    return Result(done.stdout.decode(), done.stderr.decode(), done.returncode)


def run(
    *argv: str | bytes, cwd: Path, stdin: bytes = b"", environ: Mapping[str, str] | None = None
) -> Result:
    """Run the executable in *cwd*; *environ* is added to the variables that keep it there."""
    return ended([PROGRAM, *argv], cwd=cwd, stdin=stdin, environ={**environment(cwd), **(environ or {})})


def with_little_memory(*argv: str, cwd: Path, stdin: bytes = b"") -> Result:
    """Run the executable without a kubeconfig and with a gibibyte of memory."""
    command = [sys.executable, "-c", _LIMIT, PROGRAM, *argv]
    return ended(command, cwd=cwd, stdin=stdin, environ={**environment(cwd), "KUBECONFIG": ""})


def measured(*argv: str, cwd: Path, seconds: float) -> tuple[Result, int]:
    """Run the executable and return its peak memory in bytes as well."""
    file = cwd / "peak"
    command = [sys.executable, "-c", _MEASURE, file, PROGRAM, *argv]
    return ended(command, cwd=cwd, environ=environment(cwd), seconds=seconds), int(file.read_text()) * 1024


def shell(script: str, *argv: str, cwd: Path, environ: Mapping[str, str] | None = None) -> Result:
    """Run a script for bash, in which `"$@"` is the command line *argv* of the executable."""
    command = ["bash", "-c", script, "bash", PROGRAM, *argv]
    return ended(command, cwd=cwd, environ={**environment(cwd), **(environ or {})})


def started(
    *argv: str, cwd: Path, environ: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen[str]:
    """Start the executable; *options* are those of Popen, which replace the pipes of stdout and stderr."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen(
        [PROGRAM, *argv],
        cwd=cwd,
        env={**environment(cwd), **(environ or {})},
        text=True,
        encoding="utf-8",
        preexec_fn=heed_interrupts,
        **pipes,
    )


def interrupted(process: subprocess.Popen[str]) -> Result:
    """Send Ctrl-C to a process and return how it ended; it is killed if it hangs."""
    process.send_signal(signal.SIGINT)
    return rest(process)


def rest(process: subprocess.Popen[str]) -> Result:
    """Return how a process ended by itself; it is killed if it hangs."""
    try:
        stdout, stderr = process.communicate(timeout=WATCHDOG)
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
    return Result(stdout, stderr, process.returncode)


def wait_until(happened: Callable[[], object], what: str) -> None:
    """Return once *happened* is true; *what* says what did not happen."""
    end = time.monotonic() + WATCHDOG
    while not happened():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def assert_decent(result: Result) -> None:
    """No traceback; every line begins in lower case, except for a name and kubectl's own `Warning: `."""
    assert "Traceback" not in result.stderr
    assert "a bug in kubectl-kfaccess" not in result.stderr
    for line in result.stderr.splitlines():
        proper = line.startswith(("error: Kubernetes ", "Warning: "))
        assert proper or not re.match(r"(error: )?[A-Z]", line), line
    if result.status in (2, 3):
        assert re.search(r"^(error|warning): ", result.stderr, re.MULTILINE)
