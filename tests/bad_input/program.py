"""The installed executable as a process, away from the user's home, kubeconfig and caches."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).with_name("kubectl-kfaccess")
SECONDS = 120.0

# Runs the rest of its arguments and leaves their peak memory, in KiB, in the file that comes first
MEASURE = """\
import resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
with open(sys.argv[1], "w") as file:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=file)
sys.exit(status)
"""


@dataclass(frozen=True)
class Ended:
    """How a process ended, what it wrote, and how long it took."""

    status: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def json(self) -> Any:
        """The answer, which is one JSON document."""
        return json.loads(self.stdout)


def own(directory: Path) -> dict[str, str]:
    """The variables of a process that has its home, its kubeconfig and its caches in *directory*."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "KUBECONFIG": str(directory / "config"),
        "KUBECACHEDIR": str(directory / "cache"),
    }


def run(
    *argv: str,
    cwd: Path,
    stdin: bytes = b"",
    environ: Mapping[str, str] | None = None,
    command: tuple[str, ...] = (str(PROGRAM),),
) -> Ended:
    """Run the executable in *cwd*; *environ* comes on top of variables that keep it there."""
    begun = time.monotonic()
    done = subprocess.run(
        [*command, *argv],
        cwd=cwd,
        env={**own(cwd), **(environ or {})},
        input=stdin,
        capture_output=True,
        timeout=SECONDS,
    )
    seconds = time.monotonic() - begun
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode(), seconds)


def measured(*argv: str, cwd: Path) -> tuple[Ended, int]:
    """Run the executable and return its peak memory in bytes as well."""
    file = cwd / "peak"
    ended = run(*argv, cwd=cwd, command=(sys.executable, "-c", MEASURE, str(file), str(PROGRAM)))
    return ended, int(file.read_text()) * 1024


def assert_decent(ended: Ended) -> None:
    """No traceback; every line begins in lower case, but for a name and kubectl's own `Warning: `."""
    assert "Traceback" not in ended.stderr
    for line in ended.stderr.splitlines():
        proper = line.startswith(("error: Kubernetes ", "Warning: "))
        assert proper or not re.match(r"(error: )?[A-Z]", line), line
    if ended.status in (2, 3):
        assert re.search(r"^(error|warning): ", ended.stderr, re.MULTILINE)
