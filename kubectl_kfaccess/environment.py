"""The process's surroundings as a value: streams, variables, directories. Tests build their own."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping

from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO, TextIO


_DIGITS_OF_TIMES = 11  # the year 5138: no calendar of Python ends before


class Environment(NamedTuple):
    """
    Everything that a command uses besides its arguments.

    *stdin* has bytes, because manifests carry their own encoding; *stdout* and *stderr* take text.
    *environ* holds the variables. Relative paths start at *directory*. Fixed absolute paths (those of a pod's
    service account) start at *root_directory*, so that tests can move them.
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
        name = os.path.basename(sys.argv[0]) if sys.argv else ""  # noqa: PTH119 # without pathlib, see below
        return cls(
            stdin=sys.stdin.buffer,
            stdout=sys.stdout,
            stderr=sys.stderr,
            environ=dict(os.environ),
            directory=_working_directory(),
            program="kubectl kfaccess" if name.startswith("kubectl") else name or "kubectl kfaccess",
        )

    @property
    def cwd(self) -> Path:
        """The directory at which relative paths start."""
        return _path(self.directory)

    @property
    def root(self) -> Path:
        """The directory at which fixed absolute paths start."""
        return _path(self.root_directory)

    @property
    def home(self) -> Path:
        """The user's home directory, as client-go finds it: $HOME or $USERPROFILE, else the root."""
        return _path(self.environ.get("HOME") or self.environ.get("USERPROFILE") or "/")

    @property
    def now(self) -> float:
        """The time in seconds since 1970, in UTC: $SOURCE_DATE_EPOCH, or else that of the clock."""
        seconds = self.environ.get("SOURCE_DATE_EPOCH", "")
        is_time = seconds.isascii() and seconds.isdigit() and len(seconds) <= _DIGITS_OF_TIMES
        return int(seconds) if is_time else time.time()

    @property
    def columns(self) -> int:
        """The width of the terminal that shows stdout, in columns; 0 if stdout is no terminal."""
        return self._columns_of(self.stdout)

    @property
    def error_columns(self) -> int:
        """The width of the terminal that shows stderr, in columns; 0 if stderr is no terminal."""
        return self._columns_of(self.stderr)

    def _columns_of(self, stream: TextIO) -> int:
        if not stream.isatty():
            return 0
        columns = self.environ.get("COLUMNS", "")
        if columns.isdigit():
            return int(columns)
        try:
            return os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):
            return 0

    def colors(self, when: str, stream: TextIO | None = None) -> bool:
        """
        Whether to colour what is written to *stream*, stdout unless another is given.

        *when* is `always`, `never`, or `auto` for "if it is a terminal".
        """
        if when != "auto":
            return when == "always"
        plain = self.environ.get("NO_COLOR") or self.environ.get("TERM") == "dumb"
        return (stream or self.stdout).isatty() and not plain

    @property
    def is_unicode(self) -> bool:
        """Whether stdout can show more than ASCII; of a terminal, the locale says it."""
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        if encoding.lower().replace("-", "") != "utf8":
            return False
        return not self.stdout.isatty() or os.name == "nt" or self._is_locale_unicode()

    def _is_locale_unicode(self) -> bool:
        environ = self.environ
        locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
        # Python itself sets this where the user's locale has only ASCII
        is_coerced = locale == "C.UTF-8" and environ.get("LANG", "") in ("", "C", "POSIX")
        is_coerced = is_coerced and not environ.get("LC_ALL")
        return "utf-8" in locale.lower().replace("utf8", "utf-8") and not is_coerced


def _working_directory() -> str:
    """Return the process's working directory; if it was deleted, `.`, in which no file exists."""
    try:
        return os.getcwd()  # noqa: PTH109 # without pathlib, see below
    except OSError:
        return "."


def _path(text: str | os.PathLike[str]) -> Path:
    from pathlib import Path  # would take a fifth of the time of `--help`, which opens no file

    return Path(text)
