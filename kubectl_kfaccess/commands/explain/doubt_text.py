"""The reasons for an unknown answer, in words."""

from __future__ import annotations

from kubectl_kfaccess.commands.explain.explanation import KfamAdminsUnread, ServerSilent
from kubectl_kfaccess.rbac.evaluator import Doubt, gap_text


def doubt_text(doubt: Doubt | ServerSilent | KfamAdminsUnread) -> str:
    """Return one line that says why the answer is unknown."""
    if isinstance(doubt, ServerSilent):
        return f"the server could not be asked: {doubt.problem}"
    if isinstance(doubt, KfamAdminsUnread):
        return "who the cluster admins of KFAM are: the ConfigMap `profiles-config` was not read"
    return gap_text(doubt)
