"""A stand-in for the server's reviewer: a caller of files or the demo, where the objects decide."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.subjects import Identity
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, CallerIdentity, Reply
from kubectl_kfaccess.sources.kinds import CLUSTER_WIDE, IN_NAMESPACES
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


def offline_reviewer(caller: CallerIdentity, source: Source) -> OfflineReviewer:
    """Return the reviewer for the *caller*, by the objects of the files."""
    snapshot = source.read(Wanted((*CLUSTER_WIDE, *IN_NAMESPACES)))
    return OfflineReviewer(caller, Evaluator(snapshot))
