"""Answers one question on each plane: by the rules, and by the server where the rules do not decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.explain.explanation import PlaneAnswer, ServerSilent
from kubectl_kfaccess.commands.explain.proposals import Proposals
from kubectl_kfaccess.kubeflow.catalogue.selection import planes_of
from kubectl_kfaccess.kubeflow.catalogue.service_calls import (
    as_reviewed,
    calls_for,
    not_isolated,
    why_never_checked,
)
from kubectl_kfaccess.kubeflow.planes.comparison import Planes, planes
from kubectl_kfaccess.kubeflow.planes.kfam import KfamAnswer, kfam_answer
from kubectl_kfaccess.output.rbac_terms import paths_of
from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP
from kubectl_kfaccess.sources.cluster.access_reviews import Reviewer
from kubectl_kfaccess.verify.server_verdicts import ServerVerdict, server_verdicts


class Explainer(Struct, frozen=True):
    """
    Everything that is needed to answer questions about *who*.

    *plane* limits the answers to one plane; *verifies* compares every answer with the server's.
    """

    evaluator: Evaluator
    who: KnownSubject
    plane: Plane | None
    reviewer: Reviewer | None
    proposals: Proposals
    verifies: bool

    def answers(self, question: Question, place: str) -> Iterator[PlaneAnswer]:
        """
        Yield the answer on each plane of the question.

        If only Kubeflow's plane is asked about and denies what kubectl's allows, kubectl's answer follows.
        *place* is the namespace ("": none, or all of them).
        """
        question_planes = self._planes_of(question)
        answers = [self._explained(question, place, plane) for plane in question_planes]
        if self.plane is None and Plane.KUBECTL not in question_planes and self.who.groups:
            other = self._evaluated(question, place, Plane.KUBECTL)
            if other.verdict is Verdict.ALLOWED and answers[0].verdict is not Verdict.ALLOWED:
                answers.append(replace(other, is_asked=False))
        side_by_side = self._side_by_side(question, place, answers)
        yield from (replace(answer, planes=side_by_side) for answer in answers)

    def _planes_of(self, question: Question) -> tuple[Plane, ...]:
        if self.plane:
            return (self.plane,)
        return planes_of(question.type) if question.type else (Plane.KUBECTL,)

    def _explained(self, question: Question, place: str, plane: Plane) -> PlaneAnswer:
        """Return the answer, completed by the server's if needed or wanted, and by proposals if not a yes."""
        answer = self._evaluated(question, place, plane)
        request = _request(question, place, plane)
        kfam = self._kfam(request)
        if kfam and plane is Plane.KUBEFLOW:
            return self.proposals.with_owner(_by_kfam(answer, kfam), request)
        if self.reviewer and self.verifies:
            self.reviewer.announce(1)
        wanted = self.verifies or answer.verdict is Verdict.UNKNOWN
        if self.reviewer and wanted and self.who.counts(plane):
            (server,) = server_verdicts(self.reviewer, self.who, [(plane, request)])
            answer = _with_server(answer, server)
        return answer if answer.verdict is Verdict.ALLOWED else self.proposals.added_to(answer, request)

    def _evaluated(self, question: Question, place: str, plane: Plane) -> PlaneAnswer:
        """Return the answer by the rules, with the closest grant first."""
        request = _request(question, place, plane)
        if not self.who.counts(plane):
            return _with_calls(PlaneAnswer(question, place, plane, Verdict.DENIED))
        identity = self.who.seen(plane)
        decision = self.evaluator.decide(identity, request)
        certain = (grant for grant in self.evaluator.to(identity, request) if grant.certain)
        grants = tuple(sorted(certain, key=_distance(self.evaluator.snapshot)))
        return _with_calls(PlaneAnswer(question, place, plane, decision.verdict, grants, decision.doubts))

    def _side_by_side(self, question: Question, place: str, answers: list[PlaneAnswer]) -> Planes | None:
        """Return the answers of all planes side by side; None for cluster-scoped types."""
        if question.type and not question.type.namespaced:
            return None
        settled = {answer.plane: answer.verdict for answer in answers}
        request = replace(question.request, namespace=place)
        kfam = self._kfam(request)
        if kfam:
            settled.pop(Plane.KUBEFLOW, None)  # KFAM's verdict is not one of a review
        compared = planes(self.evaluator, self.who, request, settled, kfam)
        if compared is None or not compared.is_checked or compared.kubeflow is not Verdict.UNKNOWN:
            return compared
        verdict = self._by_server(request)
        return planes(self.evaluator, self.who, request, {**settled, Plane.KUBEFLOW: verdict})

    def _kfam(self, request: Request) -> KfamAnswer | None:
        return kfam_answer(self.evaluator.snapshot, self.who, request)

    def _by_server(self, request: Request) -> Verdict:
        """Return the server's verdict on Kubeflow's plane."""
        if self.reviewer is None:
            return Verdict.UNKNOWN
        (server,) = server_verdicts(self.reviewer, self.who, [(Plane.KUBEFLOW, as_reviewed(request))])
        return _VERDICTS[server.allowed]


_VERDICTS = {True: Verdict.ALLOWED, False: Verdict.DENIED, None: Verdict.UNKNOWN}


def _request(question: Question, place: str, plane: Plane) -> Request:
    """Return the request in namespace *place* as it is sent on *plane*."""
    request = replace(question.request, namespace=place)
    return as_reviewed(request) if plane is Plane.KUBEFLOW else request


def _by_kfam(answer: PlaneAnswer, kfam: KfamAnswer) -> PlaneAnswer:
    """Return the answer with KFAM's verdict: what RBAC grants is no evidence for it."""
    doubts = (kfam.doubt,) if kfam.doubt else ()
    return replace(answer, verdict=kfam.verdict, grants=(), doubts=doubts, kfam=kfam)


def _with_server(answer: PlaneAnswer, server: ServerVerdict) -> PlaneAnswer:
    """Return the answer with the server's: it replaces an unknown verdict and may contradict a known one."""
    if server.allowed is None:
        return replace(answer, doubts=(*answer.doubts, ServerSilent(server.problem)))
    verdict = _VERDICTS[server.allowed]
    if answer.verdict is Verdict.UNKNOWN:
        return replace(answer, verdict=verdict, doubts=(), server=server.reason, verified=True)
    return replace(answer, server=server.reason, verified=answer.verdict is verdict)


def _with_calls(answer: PlaneAnswer) -> PlaneAnswer:
    """Return the answer with the calls of Kubeflow's services that ask for it, if it is about them."""
    request = answer.question.request
    if answer.plane is Plane.KUBECTL or request.path is not None:
        return answer
    check = (request.group, request.combined_resource, request.verb)
    return replace(
        answer,
        calls=calls_for(*check),
        never_asked=why_never_checked(*check),
        not_isolated=not_isolated(*check),
    )


def _distance(snapshot: Snapshot) -> Callable[[Grant], tuple[int, bool, str, str]]:
    """Return a sort key: the shortest chain first; groups and aggregation make it longer, then by binding."""

    def steps(grant: Grant) -> tuple[int, bool, str, str]:
        length = len(paths_of(grant, snapshot)[0]) + (grant.who.kind == GROUP)
        return length, bool(grant.binding.namespace), *grant.binding.key

    return steps
