"""The executable that kubectl runs on TAB, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

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
    """Press TAB after the last of *words*; *environ* is the whole environment."""
    done = subprocess.run(
        [EXECUTABLE, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env=dict(environ),
        cwd=cwd,
        timeout=60,
    )
    return Done(done.stdout.decode(), done.stderr.decode(), done.returncode)
