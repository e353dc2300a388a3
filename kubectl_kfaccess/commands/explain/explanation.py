"""The value that `explain` answers with: the verdict on each plane, and what it rests on."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.fixes.candidates import Fix
from kubectl_kfaccess.fixes.contacts import Contact
from kubectl_kfaccess.kubeflow.catalogue.service_calls import Call, NotIsolated
from kubectl_kfaccess.kubeflow.planes.comparison import Planes
from kubectl_kfaccess.rbac.evaluator import Doubt, Grant, Verdict
from kubectl_kfaccess.rbac.known_subjects import Via, Who
from kubectl_kfaccess.rbac.near_misses import NearMiss
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import MASTERS
from kubectl_kfaccess.resolve.error_texts import NotRbac


class ProposedFix(Struct, frozen=True):
    """A fix, and whether the caller can apply it; None where there is no caller."""

    fix: Fix
    applicable: Verdict | None


class ServerSilent(Struct, frozen=True):
    """The server could not be asked; *problem* is why."""

    problem: str


class PlaneAnswer(Struct, frozen=True):
    """
    One question's answer, for one plane.

    Where not *is_asked* the question is not about the plane, which is there because it answers otherwise.
    *server* is what the server gave as its reason, *verified* whether it agrees. *calls* are those of
    Kubeflow's services that ask this, *never_asked* is why none does. *unknown_words* are sentences about the
    words of the question that no rule and no server knows.
    """

    question: Question
    namespace: str
    plane: Via
    verdict: Verdict
    grants: tuple[Grant, ...] = ()
    doubts: tuple[Doubt | ServerSilent, ...] = ()
    misses: tuple[NearMiss, ...] = ()
    contacts: tuple[Contact, ...] = ()
    fixes: tuple[ProposedFix, ...] = ()
    planes: Planes | None = None
    calls: tuple[Call, ...] = ()
    never_asked: str = ""
    not_isolated: tuple[NotIsolated, ...] = ()
    server: str = ""
    verified: bool | None = None
    is_asked: bool = True
    unknown_words: tuple[str, ...] = ()


class Explanation(Struct, frozen=True):
    """
    Each question's answers about *who* by *snapshot*; none where a pasted error is no question of RBAC.

    *not_rbac* is what else the error says; it is *outdated* where what it refused is allowed now.
    """

    who: Who | None = None
    snapshot: Snapshot = Snapshot()
    answers: tuple[PlaneAnswer, ...] = ()
    not_rbac: tuple[NotRbac, ...] = ()
    outdated: bool = False

    @property
    def decisive(self) -> tuple[PlaneAnswer, ...]:
        """The answers on the planes that are asked about."""
        return tuple(answer for answer in self.answers if answer.is_asked)

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """The fixes on the planes that are asked about, in the order of their numbers."""
        return tuple(proposal.fix for answer in self.decisive for proposal in answer.fixes)


def is_by_masters(answer: PlaneAnswer, explanation: Explanation) -> bool:
    """Whether an authorizer that comes before RBAC allows it: the one of the group `system:masters`."""
    groups = explanation.who.groups if explanation.who else ()
    return answer.verdict is Verdict.ALLOWED and answer.plane is Via.KUBECTL and MASTERS in groups
