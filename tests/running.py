"""Run the command line in this process, with streams in memory and without the user's home or kubeconfig."""

from __future__ import annotations

import io
import json
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubectl_kfaccess import cli
from kubectl_kfaccess.environment import Environment

REPOSITORY = Path(__file__).parents[1]

# There is no kubeconfig and no cache: not even root can create a directory below a device
NOWHERE = {"HOME": "/nonexistent/home", "KUBECACHEDIR": "/dev/null/cache"}


@dataclass(frozen=True)
class Result:
    """What one command line wrote and how it ended."""

    stdout: str
    stderr: str
    status: int

    @property
    def json(self) -> Any:
        """Return the answer, which is one JSON document, decoded."""
        return json.loads(self.stdout)

    @property
    def lines(self) -> list[str]:
        """Return the lines of the answer."""
        return self.stdout.splitlines()

    @property
    def notes(self) -> list[str]:
        """Return the lines of stderr that begin with `note: `, without that prefix."""
        lines = self.stderr.splitlines()
        return [line.removeprefix("note: ") for line in lines if line.startswith("note: ")]


def run(
    *argv: str,
    stdin: bytes = b"",
    environ: Mapping[str, str] = NOWHERE,
    cwd: Path = REPOSITORY,
    root: Path = Path("/nonexistent"),
) -> Result:
    """Run one command line and return its result; *environ* is its whole environment."""
    stdout, stderr = io.StringIO(newline=""), io.StringIO(newline="")
    env = Environment(io.BytesIO(stdin), stdout, stderr, dict(environ), cwd, root_directory=root)
    status = cli.run(argv, env)
    return Result(stdout.getvalue(), stderr.getvalue(), int(status))


def heed_interrupts() -> None:
    """Make a new process react to SIGINT again, which a shell's `&` tells its children to ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
