"""
The policies that are in force in a namespace, prepared once for the questions about all of its members.

Each contributor of a profile has a policy that names them alone. A question about somebody else does not look
at its rules: otherwise the work would grow with the square of the members. Nor does any question look at
rules for other methods, hosts, ports and paths than those of its request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from kubectl_kfaccess.kubeflow.planes.mesh.decision import PolicyEffect, effect_without_rules, with_rule
from kubectl_kfaccess.kubeflow.planes.mesh.matching import Question, is_for_request
from kubectl_kfaccess.kubeflow.planes.mesh.requests import Request, requests
from kubectl_kfaccess.kubeflow.planes.mesh.rules import HEADER_PREFIX, PolicyRules, Rule
from kubectl_kfaccess.kubeflow.planes.mesh.settings import MeshSettings

Place = tuple[int, int]
"""The position of a policy, and of a rule in it."""


class PoliciesInForce:
    """The *policies* that one layer enforces, in a mesh with *settings*."""

    def __init__(self, policies: tuple[PolicyRules, ...], settings: MeshSettings) -> None:
        self.policies = policies
        self._settings = settings
        self._places: dict[Request, _Places] = {}

    @cached_property
    def requests(self) -> tuple[Request, ...]:
        """The requests that the policies tell apart, the ordinary one first; () if there are too many."""
        return requests(self.policies)

    def effects(self, question: Question) -> list[PolicyEffect]:
        """Return what each of the policies does."""
        effects = list(self._without_rules)
        for position, number in self._places_for(question.request).of(question):
            rule = (self.policies[position].rules or ())[number]
            effects[position] = with_rule(effects[position], rule, question)
        return effects

    @cached_property
    def _without_rules(self) -> tuple[PolicyEffect, ...]:
        """What policies do of which no rule matches."""
        return tuple(map(effect_without_rules, self.policies))

    def _places_for(self, request: Request) -> _Places:
        if request not in self._places:
            self._places[request] = _Places(self.policies, request, self._settings)
        return self._places[request]


class _Places:
    """Where the rules are that can match a request: those for certain users, and all others."""

    def __init__(self, policies: Iterable[PolicyRules], request: Request, settings: MeshSettings) -> None:
        self._prefix = settings.prefix.value
        self._for_anybody: list[Place] = []
        self._by_user: dict[str, list[Place]] = {}
        attribute = _user_attribute(settings)
        for place, rule in _rules_for(policies, request):
            users = _required_values(rule, attribute) if attribute else None
            if users is None:
                self._for_anybody.append(place)
            for user in dict.fromkeys(users or ()):
                self._by_user.setdefault(user, []).append(place)

    def of(self, question: Question) -> list[Place]:
        """Return the places of the rules that can match the caller as well, in order."""
        user = question.caller.user
        naming = () if user is None else self._by_user.get(f"{self._prefix}{user}", ())
        return sorted((*self._for_anybody, *naming)) if naming else self._for_anybody


def _rules_for(policies: Iterable[PolicyRules], request: Request) -> Iterator[tuple[Place, Rule]]:
    """Yield the rules whose operations do not rule the request out; they do not depend on the caller."""
    for position, policy in enumerate(policies):
        for number, rule in enumerate(() if policy.is_unclear else policy.rules or ()):
            if is_for_request(rule, request):
                yield (position, number), rule


def _user_attribute(settings: MeshSettings) -> str:
    """Return the attribute that names the user; "" unless it is known what its values look like."""
    if settings.header.value is None or settings.prefix.value is None:
        return ""
    return f"{HEADER_PREFIX}[{settings.header.value.lower()}]"


def _required_values(rule: Rule, attribute: str) -> tuple[str, ...] | None:
    """Return the values of which *attribute* must have one; None if a pattern would do, or any value."""
    for term in rule.conditions:
        if term.attribute == attribute and not term.negative and not any(map(_is_pattern, term.values)):
            return term.values
    return None


def _is_pattern(value: str) -> bool:
    return value.startswith("*") or value.endswith("*")
