"""
The answer about one request, and how the answers about several become one.

Mirrors the order in which Istio evaluates policies: CUSTOM, DENY, ALLOW (pilot/pkg/security/authz/builder).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.planes.mesh.enforcement import Enforcement
from kubectl_kfaccess.kubeflow.planes.mesh.layers import on_every_port
from kubectl_kfaccess.kubeflow.planes.mesh.matching import Question, rule_match
from kubectl_kfaccess.kubeflow.planes.mesh.near_names import near_name
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshAnswer, MeshCause, Reach
from kubectl_kfaccess.kubeflow.planes.mesh.rules import (
    HEADER_PREFIX,
    HOST,
    METHOD,
    PATH,
    PORT,
    Action,
    PolicyRules,
    Rule,
    Scope,
    Term,
    policy_rules,
)
from kubectl_kfaccess.kubeflow.planes.mesh.settings import Setting


class PolicyEffect(Struct, frozen=True):
    """What a policy does to a request: whether one of its rules matches it, and which."""

    rules: PolicyRules
    matches: bool | None
    rule: int | None = None
    doubt: Term | None = None

    @property
    def action(self) -> Action | None:
        return self.rules.action

    @property
    def everywhere(self) -> bool:
        return self.rules.scope is Scope.ALL

    @property
    def surely(self) -> bool:
        return self.everywhere and self.matches is True


def policy_effect(policy: PolicyRules, question: Question) -> PolicyEffect:
    """Return what the policy does; a policy without rules matches nothing."""
    effect = effect_without_rules(policy)
    for rule in () if policy.is_unclear else policy.rules or ():
        effect = with_rule(effect, rule, question)
    return effect


def effect_without_rules(policy: PolicyRules) -> PolicyEffect:
    """Return what the policy does if none of its rules matches."""
    return PolicyEffect(policy, None if policy.is_unclear else False)


def with_rule(effect: PolicyEffect, rule: Rule, question: Question) -> PolicyEffect:
    """Return the effect with one more rule: the first that matches counts, else the first that may match."""
    if effect.matches:
        return effect
    match = rule_match(rule, question, effect.rules.home)
    if match.holds:
        return PolicyEffect(effect.rules, True, rule.number)
    if match.holds is None and effect.matches is False:
        return PolicyEffect(effect.rules, None, rule.number, match.doubt)
    return effect


def decision(effects: Sequence[PolicyEffect], question: Question) -> MeshAnswer:
    """Return the answer about one request."""
    # Istio evaluates CUSTOM policies first, then DENY, then ALLOW. A DENY that surely matches is still
    # final, because a CUSTOM policy cannot let the request skip it.
    allowing, others = [], []  # others: those that match or may match
    for effect in effects:
        if effect.action is Action.ALLOW:
            allowing.append(effect)
        elif effect.matches is not False:
            if effect.action is Action.DENY and effect.surely:
                return _about(effect, Reach.NO, MeshCause.DENIED)
            others.append(effect)
    permission = next((effect for effect in allowing if effect.surely), None)
    if permission:
        return _unknown(others, question) or _about(permission, Reach.YES, MeshCause.ALLOWED)
    if any(effect.everywhere for effect in allowing):
        return _without_permission(effects, allowing, question)
    # A workload to which no ALLOW policy applies allows everything, so one with its own policy may differ
    limited = [effect for effect in allowing if effect.matches is not True]
    return _unknown([*others, *limited], question) or MeshAnswer(Reach.YES, MeshCause.NOBODY_LIMITED)


def _without_permission(
    effects: Sequence[PolicyEffect], allowing: Sequence[PolicyEffect], question: Question
) -> MeshAnswer:
    """Return the answer where ALLOW policies apply to everything, and none of them surely matches."""
    admitting = [e for e in effects if e.action in (Action.ALLOW, None) and e.matches is not False]
    return _unknown(admitting, question) or _no(allowing, question)


def _about(effect: PolicyEffect, reach: Reach, cause: MeshCause) -> MeshAnswer:
    return MeshAnswer(reach, cause, effect.rules.policy, effect.rule, effect.doubt)


def _no(allowing: Sequence[PolicyEffect], question: Question) -> MeshAnswer:
    for effect in allowing:
        near = near_name(effect.rules, question.caller, question.settings)
        if near:
            return MeshAnswer(Reach.NO, MeshCause.NEARLY_NAMED, near.policy, near.rule, near=near)
    for effect in allowing:
        number = _rule_for_paths(effect.rules, question)
        if number:
            policy = effect.rules.policy
            return MeshAnswer(Reach.NO, MeshCause.CERTAIN_PATHS, policy, number)
    return MeshAnswer(Reach.NO, MeshCause.NOT_ALLOWED)


def _rule_for_paths(policy: PolicyRules, question: Question) -> int | None:
    """Return the number of the rule that matches the request on certain paths, None if none does."""
    for rule in policy.rules or ():
        names_paths = any(
            term.attribute == PATH and not term.negative for each in rule.operations for term in each
        )
        if names_paths and rule_match(replace(rule, operations=()), question, policy.home).holds:
            return rule.number
    return None


def _unknown(effects: Sequence[PolicyEffect], question: Question) -> MeshAnswer | None:
    """Return the answer "unknown" because of the first of *effects*, None if there is none."""
    if not effects:
        return None
    cause = _unknown_cause(effects[0], question)
    setting = _SETTINGS[cause](question) if cause in _SETTINGS else None
    return replace(_about(effects[0], Reach.UNKNOWN, cause), setting=setting)


_SETTINGS: dict[MeshCause, Callable[[Question], Setting[Any]]] = {
    MeshCause.GATEWAY: lambda question: _unknown_of(
        question.settings.gateway, question.settings.pipelines_page
    ),
    MeshCause.HEADER: lambda question: _unknown_of(question.settings.header, question.settings.prefix),
    MeshCause.TRUST_DOMAIN: lambda question: question.settings.trust_domains,
}


def _unknown_of(first: Setting[Any], second: Setting[Any]) -> Setting[Any]:
    """Return the one of two settings that is not known."""
    return second if first.value is not None else first


def _unknown_cause(effect: PolicyEffect, question: Question) -> MeshCause:
    if effect.rules.is_unclear:
        return MeshCause.NOT_UNDERSTOOD
    if effect.doubt:
        return _cause_of_doubt(effect.doubt, question)
    return MeshCause.EXTENSION if effect.action is Action.CUSTOM else MeshCause.SOME_WORKLOADS


def _cause_of_doubt(term: Term, question: Question) -> MeshCause:
    settings, caller = question.settings, question.caller
    if term.attribute.startswith("source.") and term.attribute != "source.ip":
        return MeshCause.GATEWAY if caller.account is None else MeshCause.TRUST_DOMAIN
    if term.attribute.startswith(HEADER_PREFIX) and None in (settings.header.value, settings.prefix.value):
        return MeshCause.HEADER
    return MeshCause.MORE_THAN_IDENTITY


def of_requests(answers: Sequence[MeshAnswer]) -> MeshAnswer:
    """Return the answer that holds for all requests; the first one is the ordinary request."""
    ordinary = answers[0]
    other = next((answer for answer in answers if answer.reach is not ordinary.reach), None)
    if other is None:
        return ordinary
    doubtful = next((answer for answer in answers if answer.reach is Reach.UNKNOWN), None)
    if doubtful:
        return doubtful
    deciding = next((each for each in (other, ordinary) if _limits(each)), None) or other
    return replace(deciding, reach=Reach.UNKNOWN, cause=MeshCause.SOME_REQUESTS, limits=_limits(deciding))


def _limits(answer: MeshAnswer) -> tuple[Term, ...]:
    """Return the terms about methods, hosts and ports of the rule that decides."""
    rules = policy_rules(answer.policy).rules if answer.policy else None
    deciding = (rule for rule in rules or () if rule.number == answer.rule)
    terms = (term for rule in deciding for each in (*rule.operations, rule.conditions) for term in each)
    return tuple(dict.fromkeys(term for term in terms if term.attribute in (METHOD, HOST, PORT)))


def with_other_ports(answer: MeshAnswer, policies: Iterable[PolicyRules], question: Question) -> MeshAnswer:
    """Return a yes with the policy that denies everything on ports that are not HTTP, if there is one."""
    if answer.reach is not Reach.YES:
        return answer
    denying = (on_every_port(policy) for policy in policies if policy.action is Action.DENY)
    denial = next((policy for policy in denying if policy_effect(policy, question).surely), None)
    return replace(answer, off_http=denial.policy) if denial else answer


def of_waypoint(policies: Iterable[PolicyRules]) -> MeshAnswer:
    """Return the answer where a waypoint enforces policies, perhaps for some of the services."""
    policy = next(iter(policies), None)
    if policy is None:
        return MeshAnswer(Reach.YES, MeshCause.NOBODY_LIMITED)
    return MeshAnswer(Reach.UNKNOWN, MeshCause.WAYPOINT, policy.policy)


def of_layers(answers: Sequence[MeshAnswer], by: Enforcement) -> MeshAnswer:
    """Return the answer that all that may enforce the policies give; the first is a sidecar's."""
    answer = answers[0]
    if answer.reach is Reach.UNKNOWN or all(each.reach is answer.reach for each in answers):
        return answer
    return MeshAnswer(Reach.UNKNOWN, _CAUSES[by], answer.policy, answer.rule)


_CAUSES = {
    Enforcement.AMBIENT: MeshCause.AMBIENT,
    Enforcement.UNLABELLED: MeshCause.NO_LABEL,
    Enforcement.UNREAD: MeshCause.UNREAD_LABELS,
}


def with_pipelines_page(refused: MeshAnswer, of_page: MeshAnswer) -> MeshAnswer:
    """Return the answer about a user who is refused at the gateway: the page may pass requests on."""
    if of_page.reach is Reach.YES:
        # what the page's requests meet on other ports says nothing of the user's own
        return replace(of_page, reach=Reach.UNKNOWN, cause=MeshCause.PIPELINES_PAGE, off_http=None)
    return of_page if of_page.reach is Reach.UNKNOWN else refused
