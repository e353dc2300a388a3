"""The value that `explain` answers with: the verdict on each plane, with the evidence for it."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.commands.explain.mesh_refusal import MeshRefusal
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.fixes.candidates import Fix
from kubectl_kfaccess.fixes.contacts import Contact
from kubectl_kfaccess.kubeflow.catalogue.service_calls import Call, NotIsolated
from kubectl_kfaccess.kubeflow.planes.comparison import Planes
from kubectl_kfaccess.kubeflow.planes.kfam import AdminsUnknown, KfamAnswer
from kubectl_kfaccess.rbac.evaluator import Doubt, Grant, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.near_misses import NearMiss
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import MASTERS
from kubectl_kfaccess.resolve.other_gates import NotRbac

ALLOWED_NOW = "it is allowed now: the error is from before, or from another cluster, the mesh, or admission"


class ProposedFix(Struct, frozen=True):
    """A fix, and whether the caller can apply it; *applicable* is None if there is no caller."""

    fix: Fix
    applicable: Verdict | None


class ServerSilent(Struct, frozen=True):
    """The server gave no answer; *problem* says why."""

    problem: str


class IndirectAnswer(Struct, frozen=True):
    """
    Whether the subject can do it by *steps*: ALLOWED if all are proved, UNKNOWN if they are only possible.

    *grants* are those of the identity that is reached last.
    """

    verdict: Verdict
    steps: tuple[Step, ...] = ()
    grants: tuple[Grant, ...] = ()


class PlaneAnswer(Struct, frozen=True):
    """
    One question's answer on one plane.

    Without *is_asked* the question is not about this plane, which is there because its answer differs.
    *server* is the reason that the server gave, *verified* whether it agrees (None: no answer from it).
    *calls* are the calls of Kubeflow's services that ask this, *never_asked* says why none does. *kfam* is
    KFAM's answer, which then decides on Kubeflow's plane.
    *unknown_words* are sentences about words of the question that neither rules nor server know, *useless*
    are sentences that say why no grant can help. *indirect* is what steps allow, None if that was not asked
    for; then *by_steps* says whether they certainly allow it.
    """

    question: Question
    namespace: str
    plane: Plane
    verdict: Verdict
    grants: tuple[Grant, ...] = ()
    doubts: tuple[Doubt | ServerSilent | AdminsUnknown, ...] = ()
    misses: tuple[NearMiss, ...] = ()
    contacts: tuple[Contact, ...] = ()
    fixes: tuple[ProposedFix, ...] = ()
    planes: Planes | None = None
    calls: tuple[Call, ...] = ()
    never_asked: str = ""
    kfam: KfamAnswer | None = None
    not_isolated: tuple[NotIsolated, ...] = ()
    server: str = ""
    verified: bool | None = None
    is_asked: bool = True
    unknown_words: tuple[str, ...] = ()
    useless: tuple[str, ...] = ()
    indirect: IndirectAnswer | None = None
    by_steps: bool = False


class Explanation(Struct, frozen=True):
    """
    The answers about *who* to all questions, by *snapshot*; none if a pasted error holds no RBAC question.

    *not_rbac* are the other refusals in the error. *outdated*: what the error says was denied is allowed now.
    *mesh* is the answer about *who* to an error of the mesh.
    """

    who: KnownSubject | None = None
    snapshot: Snapshot = Snapshot()
    answers: tuple[PlaneAnswer, ...] = ()
    not_rbac: tuple[NotRbac, ...] = ()
    outdated: bool = False
    mesh: MeshRefusal | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the first answer says about the question: unknown words, and why no grant can help."""
        return tuple(text for answer in self.answers[:1] for text in (*answer.unknown_words, *answer.useless))

    @property
    def decisive(self) -> tuple[PlaneAnswer, ...]:
        """The answers on the planes that are asked about."""
        return tuple(answer for answer in self.answers if answer.is_asked)

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """The fixes on the planes that are asked about; their numbers count from 1 in this order."""
        return tuple(proposal.fix for answer in self.decisive for proposal in answer.fixes)


def is_by_masters(answer: PlaneAnswer, explanation: Explanation) -> bool:
    """Whether it is allowed before RBAC is asked: by the authorizer for the group `system:masters`."""
    groups = explanation.who.groups if explanation.who else ()
    return answer.verdict is Verdict.ALLOWED and answer.plane is Plane.KUBECTL and MASTERS in groups
