"""Whether somebody has what he needs: each need asked verb by verb, and judged for the release that runs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping

from msgspec import Struct

from kubectl_kfaccess.kubeflow.pipelines.needs import Need
from kubectl_kfaccess.kubeflow.pipelines.runners import Runner
from kubectl_kfaccess.kubeflow.versions import Version, Versions
from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant, Verdict, worst
from kubectl_kfaccess.rbac.known_subjects import Via, Who
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request

Question = tuple[Who, Via, Request]


class Outcome(Struct, frozen=True):
    """
    What came of a need: the verdict and the grant of each of its verbs, and the verdict on all.

    *asked* is None when only the release could tell whether the need is there at all, and the release is not
    known. *note* says what the verdict rests on besides the verbs. It *decides* how a check ends, or not.
    """

    need: Need
    verdicts: tuple[Verdict, ...]
    grants: tuple[Grant | None, ...]
    verdict: Verdict
    asked: bool | None
    note: str = ""
    decides: bool = True

    @property
    def missing(self) -> tuple[str, ...]:
        """The verbs that are denied."""
        pairs = zip(self.need.verbs, self.verdicts, strict=True)
        return tuple(verb for verb, verdict in pairs if verdict is Verdict.DENIED)

    def rule(self) -> PolicyRule:
        """Return the rule that would close the gap."""
        return PolicyRule(
            self.missing,
            (self.need.group,),
            (self.need.resource,),
            (self.need.name,) if self.need.name else (),
        )


class Judge:
    """
    Asks the evaluator what runners need, for one known release (None: not known) and chosen purposes.

    What is not known by the evaluator is so if the *answers* of a server do not tell it either.

    What decides a request is which roles are bound, so runners to whom the same ones are bound by bindings of
    the same names share their outcomes: two thousand profiles are alike but for a few.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        known: Version | None,
        purposes: Iterable[str] = (),
        answers: Mapping[Question, bool] | None = None,
    ) -> None:
        self._evaluator = evaluator
        self._known = known
        self._purposes = frozenset(purposes)
        self._answers = answers or {}
        self._judged: dict[Hashable, tuple[Outcome, ...]] = {}

    def outcomes(self, runner: Runner) -> tuple[Outcome, ...]:
        """Return what came of each of the runner's needs, in their order."""
        key = self._signature(runner)
        if key not in self._judged:
            self._judged[key] = tuple(self._outcome(need, runner) for need in runner.needs)
        return self._judged[key]

    def _outcome(self, need: Need, runner: Runner) -> Outcome:
        decided = [self._decided(request, need.via, runner) for request in need.requests(runner.namespace)]
        verdicts = tuple(verdict for verdict, _ in decided)
        verdict, note = self._judgement(need, worst(verdicts), runner)
        asked = self._asked(need.versions)
        decides = asked is not False and (need.core or need.purpose in self._purposes)
        return Outcome(need, verdicts, tuple(grant for _, grant in decided), verdict, asked, note, decides)

    def _decided(self, request: Request, via: Via, runner: Runner) -> tuple[Verdict, Grant | None]:
        if not runner.who.counts(via):
            return Verdict.DENIED, None
        decision = self._evaluator.decide(runner.who.seen(via), request)
        answer = self._answers.get((runner.who, via, request))
        if decision.verdict is Verdict.UNKNOWN and answer is not None:
            return Verdict.ALLOWED if answer else Verdict.DENIED, None
        return decision.verdict, decision.grant

    def _judgement(self, need: Need, own: Verdict, runner: Runner) -> tuple[Verdict, str]:
        """The verdict on the whole need in the release that runs, and what it rests on."""
        if own is Verdict.ALLOWED:
            return own, ""
        if not need.instead:
            unsure = own is Verdict.DENIED and self._asked(need.versions) is None
            return (Verdict.UNKNOWN, _depends(need.versions)) if unsure else (own, "")
        return self._replaced(need, own, runner)

    def _replaced(self, need: Need, own: Verdict, runner: Runner) -> tuple[Verdict, str]:
        """The verdict on a need that something else stands in for, up to a release."""
        others = [
            self._decided(request, one.via, runner)[0]
            for one in need.instead
            for request in one.requests(runner.namespace)
        ]
        other = worst(others)
        words = " and ".join(f"`{','.join(one.verbs)} {one.title}`" for one in need.instead)
        if self._known is None:
            # whichever release it is, one of the two is asked for
            if other is Verdict.ALLOWED:
                return Verdict.UNKNOWN, f"up to {need.until} {words} stands in for it: which release runs?"
            return own, ""
        if need.replaceable(self._known):
            note = f"{words} stands in for it up to {need.until}" if other is Verdict.ALLOWED else ""
            return other if other is not Verdict.DENIED else own, note
        return own, ""

    def _asked(self, versions: Versions) -> bool | None:
        if self._known is not None:
            return versions.has(self._known)
        return True if versions == Versions("") else None

    def _signature(self, runner: Runner) -> Hashable:
        """What the outcomes depend on: what is bound to the runner, by which names, and what is unread."""
        snapshot, namespace = self._evaluator.snapshot, runner.namespace
        identity = runner.who.seen(Via.KUBECTL)
        bound = tuple(
            (bool(place), at, binding.kind, binding.name, ref.kind, ref.name, ref.kind == "Role" and place)
            for place in ("", namespace)
            for at, who in enumerate(identity.principals)
            for binding in snapshot.bound.get(place, {}).get(who, ())
            for ref in (binding.role_ref,)
        )
        unread = tuple(snapshot.gap(kind, namespace) is None for kind in ("roles", "rolebindings"))
        own = (runner.who, namespace) if self._answers else runner.who.subject.kind
        return id(runner.needs), own, bound, unread


def unknown(runner: Runner, outcomes: Iterable[Outcome]) -> Iterator[Question]:
    """Yield the questions about *runner* that a server could settle: those of verbs that are not known."""
    for outcome in outcomes:
        for need in (outcome.need, *outcome.need.instead):
            if Verdict.UNKNOWN in outcome.verdicts:
                yield from ((runner.who, need.via, request) for request in need.requests(runner.namespace))


def _depends(versions: Versions) -> str:
    when = f"since {versions.first}" if versions.first else f"up to {versions.last}"
    return f"needed {when}: which release runs?"
