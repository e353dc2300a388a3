"""The executable that kubectl runs on TAB, as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

EXECUTABLE = Path(sys.executable).with_name("kubectl_complete-kfaccess")


class Done(NamedTuple):
    """What one TAB wrote, and how it ended."""

    stdout: str
    stderr: str
    status: int

    @property
    def words(self) -> list[str]:
        """The words that are offered."""
        return [line.partition("\t")[0] for line in self.stdout.splitlines()[:-1]]

    @property
    def directive(self) -> int:
        """What the last line tells the shell."""
        return int(self.stdout.splitlines()[-1].removeprefix(":"))


def tab(*words: str | bytes, environ: Mapping[str, str], cwd: Path | None = None) -> Done:
    """Press TAB behind the last of *words*; *environ* is all that is in the environment."""
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
