"""The executable that kubectl runs on TAB, in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.robustness.process import ended

EXECUTABLE = Path(sys.executable).with_name("kubectl_complete-kfaccess")


class Done(NamedTuple):
    """What a TAB wrote, and its exit status."""

    stdout: str
    stderr: str
    status: int

    @property
    def words(self) -> list[str]:
        """Return the words of the candidates."""
        return [line.partition("\t")[0] for line in self.stdout.splitlines()[:-1]]

    @property
    def directive(self) -> int:
        """Return the number in the last line, which tells the shell what to do."""
        return int(self.stdout.splitlines()[-1].removeprefix(":"))


def tab(*words: str | bytes, environ: Mapping[str, str], cwd: Path | None = None) -> Done:
    """Press TAB behind the last of *words*; *environ* is all that is in the environment."""
    result = ended([EXECUTABLE, *words], environ=environ, cwd=cwd)
    return Done(result.stdout, result.stderr, result.status)
