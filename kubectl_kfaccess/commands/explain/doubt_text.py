"""The reasons for an unknown answer, in words."""

from __future__ import annotations

from kubectl_kfaccess.commands.explain.explanation import ServerSilent
from kubectl_kfaccess.rbac.evaluator import Doubt, gap_text


def doubt_text(doubt: Doubt | ServerSilent) -> str:
    """Return one line that says why the answer is unknown."""
    if isinstance(doubt, ServerSilent):
        return f"the server could not be asked: {doubt.problem}"
    return gap_text(doubt)
