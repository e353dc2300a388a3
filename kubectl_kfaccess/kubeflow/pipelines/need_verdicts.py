"""Whether a subject has the permissions it needs, verb by verb, for the installed release."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping

from msgspec import Struct

from kubectl_kfaccess.kubeflow.pipelines.needs import Need
from kubectl_kfaccess.kubeflow.pipelines.runners import Runner
from kubectl_kfaccess.kubeflow.versions import Version, Versions
from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant, Verdict, worst
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request

RunnerQuestion = tuple[KnownSubject, Plane, Request]


class StandIn(Struct, frozen=True):
    """Other *needs* are enough up to the release *until*; *unsure* if the installed release is unknown."""

    needs: tuple[Need, ...]
    until: str
    unsure: bool = False


class ReleaseDecides(Struct, frozen=True):
    """The need exists only in the releases *versions*, and the installed release is unknown."""

    versions: Versions


class NeedVerdict(Struct, frozen=True):
    """
    The *verdict* on a need; *verdicts* and *grants* have an element for each of its verbs.

    *needed* is None if that depends on the release and the release is unknown. *rests_on* is what the verdict
    depends on besides the verbs. *decides*: the verdict counts for the exit status of a check.
    """

    need: Need
    verdicts: tuple[Verdict, ...]
    grants: tuple[Grant | None, ...]
    verdict: Verdict
    needed: bool | None
    rests_on: StandIn | ReleaseDecides | None = None
    decides: bool = True

    @property
    def missing(self) -> tuple[str, ...]:
        """The verbs of the need that are denied."""
        pairs = zip(self.need.verbs, self.verdicts, strict=True)
        return tuple(verb for verb, verdict in pairs if verdict is Verdict.DENIED)

    def rule(self) -> PolicyRule:
        """Return the rule that would grant the missing verbs."""
        return PolicyRule(
            self.missing,
            (self.need.group,),
            (self.need.resource,),
            (self.need.name,) if self.need.name else (),
        )


class NeedJudge:
    """
    Asks the evaluator whether runners have what they need, for the release *known* (None: unknown).

    *purposes* are the purposes whose needs count besides the core ones. *answers* are the server's own
    answers, used where the evaluator does not know.

    Only the bound roles decide a request. So runners with bindings of the same names to the same roles share
    their verdicts: of two thousand profiles, nearly all are alike.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        known: Version | None,
        purposes: Iterable[str] = (),
        answers: Mapping[RunnerQuestion, bool] | None = None,
    ) -> None:
        self._evaluator = evaluator
        self._known = known
        self._purposes = frozenset(purposes)
        self._answers = answers or {}
        self._judged: dict[Hashable, tuple[NeedVerdict, ...]] = {}

    def verdicts(self, runner: Runner) -> tuple[NeedVerdict, ...]:
        """Return a verdict on each of the runner's needs, in the order of `runner.needs`."""
        key = self._signature(runner)
        if key not in self._judged:
            self._judged[key] = tuple(self._need_verdict(need, runner) for need in runner.needs)
        return self._judged[key]

    def _need_verdict(self, need: Need, runner: Runner) -> NeedVerdict:
        decided = [self._decided(request, need.via, runner) for request in need.requests(runner.namespace)]
        verdicts = tuple(verdict for verdict, _ in decided)
        verdict, rests_on = self._judgement(need, worst(verdicts), runner)
        needed = self._is_needed(need.versions)
        decides = needed is not False and (need.core or need.purpose in self._purposes)
        grants = tuple(grant for _, grant in decided)
        return NeedVerdict(need, verdicts, grants, verdict, needed, rests_on, decides)

    def _decided(self, request: Request, via: Plane, runner: Runner) -> tuple[Verdict, Grant | None]:
        if not runner.who.counts(via):
            return Verdict.DENIED, None
        decision = self._evaluator.decide(runner.who.seen(via), request)
        answer = self._answers.get((runner.who, via, request))
        if decision.verdict is Verdict.UNKNOWN and answer is not None:
            return Verdict.ALLOWED if answer else Verdict.DENIED, None
        return decision.verdict, decision.grant

    def _judgement(
        self, need: Need, own: Verdict, runner: Runner
    ) -> tuple[Verdict, StandIn | ReleaseDecides | None]:
        """Return the verdict on the whole need in the installed release, and what it rests on."""
        if own is Verdict.ALLOWED:
            return own, None
        if need.instead:
            return self._replaced(need, own, runner)
        unsure = own is Verdict.DENIED and self._is_needed(need.versions) is None
        return (Verdict.UNKNOWN, ReleaseDecides(need.versions)) if unsure else (own, None)

    def _replaced(self, need: Need, own: Verdict, runner: Runner) -> tuple[Verdict, StandIn | None]:
        """Return the verdict on a need that other needs replace up to a release, and what it rests on."""
        other = worst(
            self._decided(request, instead.via, runner)[0]
            for instead in need.instead
            for request in instead.requests(runner.namespace)
        )
        if self._known is None:
            # Each release needs one of the two, and only the other one is allowed
            if other is Verdict.ALLOWED:
                return Verdict.UNKNOWN, StandIn(need.instead, need.until, unsure=True)
            return own, None
        if need.replaceable(self._known):
            stand_in = StandIn(need.instead, need.until) if other is Verdict.ALLOWED else None
            return other if other is not Verdict.DENIED else own, stand_in
        return own, None

    def _is_needed(self, versions: Versions) -> bool | None:
        if self._known is not None:
            return versions.has(self._known)
        return True if versions == Versions("") else None

    def _signature(self, runner: Runner) -> Hashable:
        """Return what the verdicts depend on: the runner's bindings and roles, and what could not be read."""
        snapshot, namespace = self._evaluator.snapshot, runner.namespace
        identity = runner.who.seen(Plane.KUBECTL)
        bound = tuple(
            (bool(scope), index, binding.kind, binding.name, ref.kind, ref.name, ref.kind == "Role" and scope)
            for scope in ("", namespace)
            for index, principal in enumerate(identity.principals)
            for binding in snapshot.bound.get(scope, {}).get(principal, ())
            for ref in (binding.role_ref,)
        )
        unread = tuple(snapshot.gap(kind, namespace) is None for kind in ("roles", "rolebindings"))
        own = (runner.who, namespace) if self._answers else runner.who.subject.kind
        return id(runner.needs), own, bound, unread


def open_questions(runner: Runner, verdicts: Iterable[NeedVerdict]) -> Iterator[RunnerQuestion]:
    """Yield the questions about *runner* that a server could answer: those of needs with unknown verbs."""
    for verdict in verdicts:
        for need in (verdict.need, *verdict.need.instead):
            if Verdict.UNKNOWN in verdict.verdicts:
                yield from ((runner.who, need.via, request) for request in need.requests(runner.namespace))
