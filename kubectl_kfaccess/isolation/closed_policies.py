"""
Policies that surely let nobody of another tenant in, told by their form alone.

They are those that the profile controller and the dashboard write. A cluster has thousands of them, so they
are recognized without comparing callers with each. All others are compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kubectl_kfaccess.kubeflow.planes.mesh.rules import HEADER_PREFIX
from kubectl_kfaccess.kubeflow.planes.mesh.settings import Account, account_of
from kubectl_kfaccess.kubeflow.untyped_data import list_at, texts_at, value_at
from kubectl_kfaccess.rbac.model import AuthorizationPolicy

PROBES = frozenset(("/healthz", "/metrics", "/wait-for-drain"))
"""The paths that the profile controller opens in every profile (getAuthorizationPolicy)."""

_FIELDS_OF_RULE = frozenset(("from", "to", "when"))
_FIELDS_FOR_ALL = frozenset(("action", "rules"))


class ClosedPolicies:
    """The policies that let in nobody of the profiles *tenants* but of their own; users come by *gateway*."""

    def __init__(self, tenants: frozenset[str], gateway: Account | None) -> None:
        self._tenants = tenants
        self._gateway = gateway
        self._accounts: dict[tuple[str, ...], frozenset[Account]] = {}

    def shut(self, policies: Iterable[AuthorizationPolicy], namespace: str) -> bool:
        """Whether these policies surely shut *namespace*: one limits everything, and none opens anything."""
        is_limited = False
        for policy in policies:
            spec = policy.spec or {}
            action = value_at(spec, "action")
            if not isinstance(spec, dict) or action not in (None, "", "ALLOW", "DENY"):
                return False
            if action == "DENY":
                continue
            if not all(self._is_closed(rule, namespace) for rule in list_at(spec, "rules")):
                return False
            is_limited = is_limited or _FIELDS_FOR_ALL.issuperset(spec)
        return is_limited

    def _is_closed(self, rule: Any, namespace: str) -> bool:
        if not isinstance(rule, dict) or not _FIELDS_OF_RULE.issuperset(rule):
            return False
        sources, conditions = list_at(rule, "from"), list_at(rule, "when")
        if sources:
            accounts = self._platforms(sources)
            return bool(accounts) and (self._gateway not in accounts or _names_user(conditions))
        if conditions:
            return bool(conditions == [{"key": "source.namespace", "values": [namespace]}])
        return _is_for_probes(list_at(rule, "to"))

    def _platforms(self, sources: list[Any]) -> frozenset[Account]:
        """Return the accounts that are the only source, if all have their full names, and are no tenant's."""
        principals = tuple(texts_at(value_at(sources[0], "source"), "principals"))
        if len(sources) != 1 or sources[0] != {"source": {"principals": list(principals)}}:
            return frozenset()
        if principals not in self._accounts:
            accounts = [account_of(principal) for principal in principals]
            named = frozenset(each for each in accounts if each and each[0] not in self._tenants)
            self._accounts[principals] = named if len(named) == len(set(accounts)) else frozenset()
        return self._accounts[principals]


def _names_user(conditions: list[Any]) -> bool:
    """Whether the only condition names users, each by the full name."""
    if len(conditions) != 1 or not str(value_at(conditions[0], "key")).startswith(HEADER_PREFIX):
        return False
    values = texts_at(conditions[0], "values")
    return bool(values) and not any("*" in value for value in values)


def _is_for_probes(operations: list[Any]) -> bool:
    """Whether the operations of a rule are nothing but the paths that are open in every profile."""
    paths = [texts_at(value_at(each, "operation"), "paths") for each in operations]
    return bool(paths) and all(each and PROBES.issuperset(each) for each in paths)
