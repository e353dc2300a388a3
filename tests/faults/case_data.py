"""The table of cases, `cases.yaml`."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

FILE = Path(__file__).with_name("cases.yaml")


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """
    One command line, what fails around it, and how it ends.

    *fault* is one of `spoilt.FAULTS` and hits requests that match *path*; *world* is one of `worlds.WORLDS`.
    *stdout* is `complete` (as without any fault), `empty`, or a pattern. *stderr* are patterns that all
    match, *never* patterns that match neither stream. *seconds* is the longest the command may take, *waits*
    the shortest. *code* is that of the error which `-o json` holds; cases that differ from one with a code in
    nothing that decides it have none.
    """

    id: str
    argv: tuple[str, ...]
    status: int
    stdout: str
    stderr: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    fault: str = ""
    path: str = ""
    pages: int = 0
    world: str = "admin"
    seconds: float = 8.0
    waits: float = 0.0
    code: str = ""


class _Table(Struct, forbid_unknown_fields=True):
    commands: dict[str, tuple[str, ...]]
    cases: tuple[Case, ...]


def cases(file: Path = FILE) -> tuple[Case, ...]:
    """Return the cases; a key that is not known is an error."""
    return msgspec.yaml.decode(file.read_bytes(), type=_Table).cases
