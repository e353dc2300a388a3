"""The table of cases, `cases.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

FILE = Path(__file__).with_name("cases.yaml")


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """
    One command line, the world around it, and how it ends.

    *files* are written first (a directory when the name ends in `/`), *stdin* is what can be read there.
    *stderr* are patterns that must all match a part of it, *never* patterns that match neither stream.
    *stdout* is a pattern that matches a part of it; none means that nothing is written.
    """

    id: str
    argv: tuple[str, ...]
    status: int
    files: dict[str, Any] = {}  # text, or bytes
    stdin: str = ""
    environ: dict[str, str] = {}
    stderr: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    stdout: str = ""
    seconds: float = 10.0

    def make(self, directory: Path) -> None:
        """Write the files of this case into *directory*."""
        for name, content in self.files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith("/"):
                path.mkdir(exist_ok=True)
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())


class _Table(Struct, forbid_unknown_fields=True):
    texts: dict[str, str]
    cases: tuple[Case, ...]


def cases() -> tuple[Case, ...]:
    """Return all cases, in the order of the file."""
    return msgspec.yaml.decode(FILE.read_bytes(), type=_Table).cases
