"""The reasons for an unknown answer, in words."""

from __future__ import annotations

from kubectl_kfaccess.commands.explain.explanation import ServerSilent
from kubectl_kfaccess.kubeflow.planes.kfam import AdminsCause, AdminsUnknown
from kubectl_kfaccess.rbac.evaluator import Doubt, gap_text
from kubectl_kfaccess.rbac.snapshot import Gap

_ADMINS = {
    AdminsCause.ABSENT: "there is no ConfigMap `profiles-config` in the files",
    AdminsCause.CONTRADICTORY: "the ConfigMaps `profiles-config` of different hashes contradict each other",
    AdminsCause.RELEASE: "ADMIN in `profiles-config` can be a list only since Kubeflow Dashboard 2.0",
}


def doubt_text(doubt: Doubt | ServerSilent | AdminsUnknown) -> str:
    """Return one line that says why the answer is unknown."""
    if isinstance(doubt, ServerSilent):
        return f"the server could not be asked: {doubt.problem}"
    if isinstance(doubt, AdminsUnknown):
        cause = doubt.cause
        why = gap_text(cause) if isinstance(cause, Gap) else _ADMINS[cause]
        return f"who the cluster admins of KFAM are: {why}"
    return gap_text(doubt)
