"""Ask for candidates inside this process, without the user's home directory or kubeconfig."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from kubectl_kfaccess.completion.candidates import Candidates, candidates_for
from tests.running import NOWHERE


def candidates(line: str, environ: Mapping[str, str] = NOWHERE) -> Candidates:
    """Return the candidates at the end of *line*, which starts after the program's name."""
    return candidates_for([*shlex.split(line), *([""] if line.endswith(" ") or not line else [])], environ)


def words(line: str, environ: Mapping[str, str] = NOWHERE) -> list[str]:
    """Return the words of the candidates at the end of *line*."""
    return list(candidates(line, environ).words)
