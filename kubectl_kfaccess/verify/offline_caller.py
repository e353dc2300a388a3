"""A stand-in for the server's reviewer: `--as` with files, where the objects decide."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.subjects import USER, Identity, Principal, displayed
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, CallerIdentity, Reply
from kubectl_kfaccess.sources.kinds import CLUSTER_WIDE, IN_NAMESPACES
from kubectl_kfaccess.sources.kubeconfig.choice import extra_values
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from kubectl_kfaccess.sources.source import Source, Wanted

_ALLOWED = {Verdict.ALLOWED: True, Verdict.DENIED: False, Verdict.UNKNOWN: None}


class OfflineReviewer(Struct, frozen=True):
    """The identity that a server would give the caller, and the evaluator of the objects."""

    caller: CallerIdentity
    evaluator: Evaluator

    def caller_identity(self) -> CallerIdentity:
        """Return the identity that a server would give the caller."""
        return self.caller

    def ask(self, questions: Sequence[AccessQuestion]) -> list[Reply]:
        """Return RBAC's answer to each question about the caller."""
        identity = Identity(self.caller.user, self.caller.groups)
        return [Reply(_ALLOWED[self.evaluator.decide(identity, q.request).verdict]) for q in questions]


def offline_reviewer(flags: ConnectionFlags, source: Source, namespace: str) -> OfflineReviewer:
    """Return the reviewer for the caller of `--as`, by the cluster's objects and those of *namespace*."""
    snapshot = source.read(Wanted((*CLUSTER_WIDE, *IN_NAMESPACES), (namespace,)))
    caller = CallerIdentity(
        flags.as_user,
        flags.as_uid,
        _groups(flags.as_user, flags.as_groups),
        {key: tuple(values) for key, values in extra_values(flags.as_user_extra).items()},
    )
    return OfflineReviewer(caller, Evaluator(snapshot))


def _groups(user: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """
    Return the groups of the impersonated user; *given* are those of `--as-group`.

    Mirrors the server's impersonation filter: groups that are given replace those of a service account.
    """
    implied = identified(displayed(Principal(USER, user))).groups
    return tuple(dict.fromkeys((*given, *implied[-1:]))) if given else implied
