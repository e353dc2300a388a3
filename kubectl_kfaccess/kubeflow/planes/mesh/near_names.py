"""Names in a policy that are probably meant for a caller, and do not match."""

from __future__ import annotations

import enum
from collections.abc import Iterator

from msgspec import Struct

from kubectl_kfaccess.kubeflow.planes.mesh.callers import Caller
from kubectl_kfaccess.kubeflow.planes.mesh.rules import HEADER_PREFIX, PRINCIPAL, PolicyRules, Rule, Term
from kubectl_kfaccess.kubeflow.planes.mesh.settings import MeshSettings, account_of
from kubectl_kfaccess.rbac.model import AuthorizationPolicy


class Slip(enum.Enum):
    """What is wrong with a name."""

    FORM = enum.auto()  # no principal: DOMAIN/ns/NAMESPACE/sa/NAME
    DOMAIN = enum.auto()
    CASE = enum.auto()
    PREFIX = enum.auto()


class NearName(Struct, frozen=True):
    """The *name* in a rule of a policy, and why it does not match."""

    policy: AuthorizationPolicy
    rule: int
    name: str
    slip: Slip


def near_name(policy: PolicyRules, caller: Caller, settings: MeshSettings) -> NearName | None:
    """Return the first name in the policy that nearly is the caller's."""
    for rule in policy.rules or ():
        for term in _naming(rule):
            for value in term.values:
                slip = _slip(term, value, caller, settings)
                if slip:
                    return NearName(policy.policy, rule.number, value, slip)
    return None


def _naming(rule: Rule) -> Iterator[Term]:
    terms = (term for source in rule.sources for term in source)
    yield from (term for term in (*terms, *rule.conditions) if not term.negative)


def _slip(term: Term, value: str, caller: Caller, settings: MeshSettings) -> Slip | None:
    if term.attribute == PRINCIPAL and caller.account and not caller.has_header:
        return _slip_of_principal(value, caller.account)
    is_users = term.attribute == f"{HEADER_PREFIX}[{(settings.header.value or '').lower()}]"
    if not is_users or not caller.user or settings.prefix.value is None:
        return None
    sent = f"{settings.prefix.value}{caller.user}"
    if value == sent:
        return None
    return Slip.CASE if value.lower() == sent.lower() else Slip.PREFIX if value == caller.user else None


def _slip_of_principal(value: str, account: tuple[str, str]) -> Slip | None:
    if "*" in value or not set(account) <= set(value.split("/")):
        return None
    named = account_of(value)
    return Slip.FORM if named is None else Slip.DOMAIN if named == account else None
