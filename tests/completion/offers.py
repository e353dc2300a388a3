"""Asking for candidates inside this process: neither the user's home nor a kubeconfig is there."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from kubectl_kfaccess.completion.candidates import Candidates, candidates_for
from tests.running import NOWHERE


def asked(line: str, environ: Mapping[str, str] = NOWHERE) -> Candidates:
    """What is offered at the end of *line*, which begins after the program's name."""
    return candidates_for([*shlex.split(line), *([""] if line.endswith(" ") or not line else [])], environ)


def words(line: str, environ: Mapping[str, str] = NOWHERE) -> list[str]:
    """The words that are offered at the end of *line*."""
    return list(asked(line, environ).words)
