"""The caller that `--as` names, where objects stand in for a server: what the objects let them do."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.subjects import USER, Identity, Principal, displayed
from kubectl_kfaccess.sources.cluster.access_reviews import Asked, Myself, Reply
from kubectl_kfaccess.sources.kinds import CLUSTER_WIDE, IN_NAMESPACES
from kubectl_kfaccess.sources.kubeconfig.choice import extra_values
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from kubectl_kfaccess.sources.source import Source, Wanted

_ALLOWED = {Verdict.ALLOWED: True, Verdict.DENIED: False, Verdict.UNKNOWN: None}


class OfflineReviewer(Struct, frozen=True):
    """Whom a server would take the caller for, and the objects that decide."""

    found: Myself
    evaluator: Evaluator

    def myself(self) -> Myself:
        """Return whom the server would take the caller for."""
        return self.found

    def ask(self, questions: Sequence[Asked]) -> list[Reply]:
        """Return what RBAC says to each question about the caller."""
        caller = Identity(self.found.user, self.found.groups)
        return [Reply(_ALLOWED[self.evaluator.decide(caller, asked.request).verdict]) for asked in questions]


def offline_reviewer(flags: ConnectionFlags, source: Source, namespace: str) -> OfflineReviewer:
    """Return the caller of the flags, with what the objects say of the cluster and of *namespace*."""
    snapshot = source.read(Wanted((*CLUSTER_WIDE, *IN_NAMESPACES), (namespace,)))
    found = Myself(
        flags.as_user,
        flags.as_uid,
        _groups(flags.as_user, flags.as_groups),
        {key: tuple(values) for key, values in extra_values(flags.as_user_extra).items()},
    )
    return OfflineReviewer(found, Evaluator(snapshot))


def _groups(user: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """Mirrors the server's impersonation filter: groups that are given replace those of a service account."""
    implied = identified(displayed(Principal(USER, user))).groups
    return tuple(dict.fromkeys((*given, *implied[-1:]))) if given else implied
