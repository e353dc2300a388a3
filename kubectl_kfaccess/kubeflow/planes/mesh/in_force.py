"""
The policies that are in force in a namespace, prepared once for the questions about all of its members.

Each contributor of a profile has a policy that names them alone. A question about somebody else does not look
at its rules: otherwise the work would grow with the square of the members.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kubectl_kfaccess.kubeflow.planes.mesh.decision import PolicyEffect, policy_effect
from kubectl_kfaccess.kubeflow.planes.mesh.matching import Question
from kubectl_kfaccess.kubeflow.planes.mesh.requests import Request, requests
from kubectl_kfaccess.kubeflow.planes.mesh.rules import HEADER_PREFIX, PolicyRules, Rule
from kubectl_kfaccess.kubeflow.planes.mesh.settings import MeshSettings


class PoliciesInForce(Struct, frozen=True):
    """
    The *policies* of one layer, and the *requests* that they tell apart.

    *by_user* has the positions of policies that can match nobody but certain users, by the value of the
    header that names the user; *for_anybody* those of all others. *unmatched* are the policies that match
    nothing.
    """

    policies: tuple[PolicyRules, ...]
    requests: tuple[Request, ...]
    unmatched: tuple[PolicyEffect, ...]
    by_user: dict[str, list[int]]
    for_anybody: tuple[int, ...]

    def effects(self, question: Question) -> list[PolicyEffect]:
        """Return what each of the policies does."""
        effects = list(self.unmatched)
        for position in (*self.for_anybody, *self._naming(question)):
            effects[position] = policy_effect(self.policies[position], question)
        return effects

    def _naming(self, question: Question) -> Iterable[int]:
        """Return the positions of the policies that name the caller."""
        caller, prefix = question.caller, question.settings.prefix.value
        return () if caller.user is None else self.by_user.get(f"{prefix}{caller.user}", ())


def policies_in_force(policies: tuple[PolicyRules, ...], settings: MeshSettings) -> PoliciesInForce:
    """Return the policies of a layer, ready for questions in a mesh with *settings*."""
    by_user: dict[str, list[int]] = {}
    for_anybody = []
    for position, policy in enumerate(policies):
        users = _only_users(policy, settings)
        if users is None:
            for_anybody.append(position)
        for user in users or ():
            by_user.setdefault(user, []).append(position)
    unmatched = tuple(PolicyEffect(policy, False) for policy in policies)
    return PoliciesInForce(policies, requests(policies), unmatched, by_user, tuple(for_anybody))


def _only_users(policy: PolicyRules, settings: MeshSettings) -> frozenset[str] | None:
    """Return the header's values without which no rule matches; None if others can match or may."""
    is_unclear = policy.rules is None or policy.action is None
    if is_unclear or settings.header.value is None or settings.prefix.value is None:
        return None
    attribute = f"{HEADER_PREFIX}[{settings.header.value.lower()}]"
    named = [_required_values(rule, attribute) for rule in policy.rules or ()]
    return None if None in named else frozenset(user for users in named for user in users or ())


def _required_values(rule: Rule, attribute: str) -> tuple[str, ...] | None:
    """Return the values of which *attribute* must have one; None if a pattern would do, or any value."""
    for term in rule.conditions:
        if term.attribute == attribute and not term.negative and not any(map(_is_pattern, term.values)):
            return term.values
    return None


def _is_pattern(value: str) -> bool:
    return value.startswith("*") or value.endswith("*")
