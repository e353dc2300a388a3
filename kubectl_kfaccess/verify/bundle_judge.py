"""Decides on the requests of a bundle, and asks the server about what the rules leave open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from kubectl_kfaccess.rbac.bundle import Need, Outcome
from kubectl_kfaccess.rbac.bundle_cluster import BundleCluster
from kubectl_kfaccess.rbac.bundle_judge import RulesJudge
from kubectl_kfaccess.rbac.escalation import uncovered
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.role_writes import Escalation, EscalationCheck
from kubectl_kfaccess.rbac.rules import Request, rule_allows
from kubectl_kfaccess.sources.cluster.access_reviews import Reviewer, RulesReply
from kubectl_kfaccess.verify.server_verdicts import server_verdicts

_VERDICTS = {True: Verdict.ALLOWED, False: Verdict.DENIED, None: Verdict.UNKNOWN}


@dataclass
class ServerJudge:
    """
    The verdicts by the *rules*, completed by the server's.

    The server answers for the present. Its "no" counts unless the bundle has written a rule that allows it.
    Its "yes" counts until the bundle has changed or deleted a role or a binding.
    """

    rules: RulesJudge
    reviewer: Reviewer
    problems: dict[str, None] = field(default_factory=dict)
    _verdicts: dict[Request, Verdict] = field(default_factory=dict)
    _own_rules: dict[str, RulesReply] = field(default_factory=dict)

    def prepare(self, outcomes: Iterable[Outcome]) -> None:
        """Ask the server about all that is unknown in *outcomes* at once."""
        unknown: dict[Request, None] = {}
        for outcome in outcomes:
            unknown.update((n.request, None) for n in outcome.needs if n.verdict is Verdict.UNKNOWN)
            check = outcome.escalation
            if check and check.verdict is Verdict.UNKNOWN:
                unknown[check.check.exemption] = None
        self._ask(request for request in unknown if request not in self._verdicts)

    def need(self, cluster: BundleCluster, request: Request) -> Need:
        """Return whether the subject is allowed *request*."""
        need = self.rules.need(cluster, request)
        return (
            need if need.verdict is not Verdict.UNKNOWN else replace(need, verdict=self._by(cluster, request))
        )

    def escalation(self, cluster: BundleCluster, check: EscalationCheck) -> Escalation:
        """Return whether the subject passes *check*."""
        result = self.rules.escalation(cluster, check)
        if result.verdict is not Verdict.UNKNOWN:
            return result
        exempt = self._by(cluster, check.exemption)
        if exempt is Verdict.ALLOWED:
            return Escalation(check, exempt)
        if check.is_open or not self.rules.who.is_caller:
            return result
        if check.absent:
            return Escalation(check, exempt)
        return self._by_own_rules(cluster, check, exempt) or result

    def _by_own_rules(
        self, cluster: BundleCluster, check: EscalationCheck, exempt: Verdict
    ) -> Escalation | None:
        """Return the result by the rules that the server lists for the caller; None if they do not decide."""
        place = check.namespace or "default"  # a list of rules needs a namespace
        if place not in self._own_rules:
            (self._own_rules[place],) = self.reviewer.rules([place])
        reply = self._own_rules[place]
        if reply.problem:
            return None
        # the rules of a namespace are more than those of the whole cluster
        if not uncovered(reply.rules, check.rules) and check.namespace and not cluster.removes:
            return Escalation(check, Verdict.ALLOWED)
        missing = uncovered((*reply.rules, *(cluster.added or ())), check.rules)
        is_known = bool(missing) and not reply.incomplete and cluster.added is not None
        return Escalation(check, exempt, missing) if is_known and exempt is Verdict.DENIED else None

    def _by(self, cluster: BundleCluster, request: Request) -> Verdict:
        """Return the server's verdict, as far as it counts by now."""
        if request not in self._verdicts:
            self._ask((request,))
        verdict = self._verdicts[request]
        if verdict is Verdict.ALLOWED:
            return Verdict.UNKNOWN if cluster.removes else verdict
        added = cluster.added
        is_outdated = added is None or any(rule_allows(rule, request) for rule in added)
        return Verdict.UNKNOWN if is_outdated else verdict

    def _ask(self, requests: Iterable[Request]) -> None:
        wanted = [*requests]
        pairs = [(Plane.KUBECTL, request) for request in wanted]
        answers = server_verdicts(self.reviewer, self.rules.who, pairs) if wanted else []
        for request, answer in zip(wanted, answers, strict=True):
            self._verdicts[request] = _VERDICTS[answer.allowed]
            if answer.allowed is None:
                self.problems[answer.problem] = None
