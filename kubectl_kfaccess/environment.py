"""The outside world as a value: streams, variables, directories. Tests build their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO


@dataclass(frozen=True)
class Environment:
    """
    Everything a command may touch outside its arguments.

    *stdin* is bytes, because manifests carry their own encoding; the other two are text.
    *environ* is the process environment, *cwd* what relative paths are relative to.
    """

    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]
    cwd: Path
    program: str = "kubectl kfaccess"

    @classmethod
    def actual(cls) -> Environment:
        """Return the environment of this process."""
        called = Path(sys.argv[0]).name if sys.argv else ""
        return cls(
            stdin=sys.stdin.buffer,
            stdout=sys.stdout,
            stderr=sys.stderr,
            environ=dict(os.environ),
            cwd=Path.cwd(),
            program="kubectl kfaccess" if called.startswith("kubectl") else called or "kubectl kfaccess",
        )

    @property
    def home(self) -> Path:
        """The user's home directory, as client-go finds it: $HOME, else nothing better than the root."""
        return Path(self.environ.get("HOME") or self.environ.get("USERPROFILE") or "/")
