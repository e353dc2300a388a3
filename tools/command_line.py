"""The command line inside this process: streams in memory, and neither the user's home nor kubeconfig."""

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

# No kubeconfig is found, and no cache can be made: below a device not even root can make a directory
NOWHERE = {"HOME": "/nonexistent/home", "KUBECACHEDIR": "/dev/null/cache"}


@dataclass(frozen=True)
class Result:
    """What one command line wrote and how it ended."""

    stdout: str
    stderr: str
    status: int

    @property
    def json(self) -> Any:
        """The answer, which is one JSON document."""
        return json.loads(self.stdout)

    @property
    def lines(self) -> list[str]:
        """The lines of the answer."""
        return self.stdout.splitlines()

    @property
    def notes(self) -> list[str]:
        """The remarks of stderr that begin with `note: `, without that."""
        said = self.stderr.splitlines()
        return [line.removeprefix("note: ") for line in said if line.startswith("note: ")]


def run(
    *argv: str,
    stdin: bytes = b"",
    environ: Mapping[str, str] = NOWHERE,
    cwd: Path = REPOSITORY,
    root: Path = Path("/nonexistent"),
) -> Result:
    """Run one command line and return its result; *environ* is all that is in its environment."""
    stdout, stderr = io.StringIO(newline=""), io.StringIO(newline="")
    env = Environment(io.BytesIO(stdin), stdout, stderr, dict(environ), cwd, root_directory=root)
    status = cli.run(argv, env)
    return Result(stdout.getvalue(), stderr.getvalue(), int(status))
