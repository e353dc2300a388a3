"""One step of building the control plane's binaries: printed on stderr, timed, and named if it fails."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TAIL_LINES = 20


class AssetError(Exception):
    """A binary of the control plane was not found and could not be built."""

    def __init__(
        self, label: str, name: str, *, command: Sequence[str] = (), output: str = "", hint: str = ""
    ) -> None:
        self.step = name
        self.command = tuple(command)
        self.output = "\n".join(output.splitlines()[-TAIL_LINES:])
        lines = [f"{label}: {name} failed", shlex.join(command) and f"command: {shlex.join(command)}"]
        super().__init__("\n".join(line for line in (*lines, self.output, hint) if line))


def say(label: str, text: str) -> None:
    """Write a line of progress to stderr."""
    print(f"{label}: {text}", file=sys.stderr, flush=True)


@contextmanager
def step(label: str, name: str) -> Iterator[None]:
    """Print a step before it starts, and again with its seconds when it is done."""
    say(label, f"{name} …")
    start = time.monotonic()
    yield
    say(label, f"{name}: done in {time.monotonic() - start:.0f} s")


def run(
    label: str,
    name: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: Path | None = None,
) -> None:
    """Run a command; raises AssetError with the last lines of its output if it fails."""
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise AssetError(label, name, command=command, output=str(error)) from error
    if done.returncode:
        raise AssetError(label, name, command=command, output=done.stdout)
