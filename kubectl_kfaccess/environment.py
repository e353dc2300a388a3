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
    *environ* is the process environment, *cwd* what relative paths are relative to, *root* where absolute
    ones begin that no variable names: the service account of a pod.
    """

    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]
    cwd: Path
    program: str = "kubectl kfaccess"
    root: Path = Path("/")

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

    @property
    def columns(self) -> int:
        """How many columns the terminal has that shows stdout; 0 when none does."""
        if not self.stdout.isatty():
            return 0
        told = self.environ.get("COLUMNS", "")
        if told.isdigit():
            return int(told)
        try:
            return os.get_terminal_size(self.stdout.fileno()).columns
        except (OSError, ValueError):
            return 0

    def colors(self, when: str) -> bool:
        """Whether to colour: *when* is `always`, `never` or `auto`, which looks for a terminal that can."""
        if when != "auto":
            return when == "always"
        plain = self.environ.get("NO_COLOR") or self.environ.get("TERM") == "dumb"
        return self.stdout.isatty() and not plain
