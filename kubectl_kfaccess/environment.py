"""The outside world as a value: streams, variables, directories. Tests build their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO, TextIO


class Environment(NamedTuple):
    """
    Everything a command may touch outside its arguments.

    *stdin* is bytes, because manifests carry their own encoding; the other two are text.
    *environ* is the process environment, *directory* what relative paths are relative to, *root_directory*
    where absolute ones begin that no variable names: the service account of a pod.
    """

    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]
    directory: str | os.PathLike[str]
    program: str = "kubectl kfaccess"
    root_directory: str | os.PathLike[str] = "/"

    @classmethod
    def actual(cls) -> Environment:
        """Return the environment of this process."""
        called = os.path.basename(sys.argv[0]) if sys.argv else ""  # noqa: PTH119 # without pathlib, see below
        return cls(
            stdin=sys.stdin.buffer,
            stdout=sys.stdout,
            stderr=sys.stderr,
            environ=dict(os.environ),
            directory=os.getcwd(),  # noqa: PTH109 # without pathlib, see below
            program="kubectl kfaccess" if called.startswith("kubectl") else called or "kubectl kfaccess",
        )

    @property
    def cwd(self) -> Path:
        """The directory that relative paths are relative to."""
        return _path(self.directory)

    @property
    def root(self) -> Path:
        """The directory where absolute paths begin that no variable names."""
        return _path(self.root_directory)

    @property
    def home(self) -> Path:
        """The user's home directory, as client-go finds it: $HOME, else nothing better than the root."""
        return _path(self.environ.get("HOME") or self.environ.get("USERPROFILE") or "/")

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


def _path(text: str | os.PathLike[str]) -> Path:
    from pathlib import Path  # a fifth of the time that `--help` takes, which looks at no file

    return Path(text)
