"""Run the command line inside this process, with streams in memory and without the user's home directory."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubectl_kfaccess import cli
from kubectl_kfaccess.environment import Environment

REPOSITORY = Path(__file__).parents[1]

# There is no kubeconfig here and no cache can be written: not even root can create a folder below a device
NOWHERE = {"HOME": "/nonexistent/home", "KUBECACHEDIR": "/dev/null/cache"}


@dataclass(frozen=True)
class Result:
    """What a command line wrote, and its exit status."""

    stdout: str
    stderr: str
    status: int

    @property
    def json(self) -> Any:
        """Return stdout, decoded as one JSON document."""
        return json.loads(self.stdout)

    @property
    def lines(self) -> list[str]:
        """Return the lines of stdout."""
        return self.stdout.splitlines()

    @property
    def notes(self) -> list[str]:
        """Return the lines of stderr that start with `note: `, without this prefix."""
        lines = self.stderr.splitlines()
        return [line.removeprefix("note: ") for line in lines if line.startswith("note: ")]


def run(
    *argv: str,
    stdin: bytes = b"",
    environ: Mapping[str, str] = NOWHERE,
    cwd: Path = REPOSITORY,
    root: Path = Path("/nonexistent"),
) -> Result:
    """
    Return what the command line *argv* writes, and its exit status.

    *environ* is its whole environment; *root* stands for `/` when it looks for a pod's service account.
    """
    stdout, stderr = io.StringIO(newline=""), io.StringIO(newline="")
    env = Environment(io.BytesIO(stdin), stdout, stderr, dict(environ), cwd, root_directory=root)
    status = cli.run(argv, env)
    return Result(stdout.getvalue(), stderr.getvalue(), int(status))
