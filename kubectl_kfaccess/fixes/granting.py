"""
Who can grant a request to somebody else: writing a binding is not enough, the server refuses escalation.

Mirrors pkg/registry/rbac/rolebinding/policybased/storage.go: to write a binding, a subject needs all rules of
the role, or permission to `bind` the role in that namespace.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from kubectl_kfaccess.rbac.escalation import rules_for, uncovered
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.model import RBAC_GROUP, AnyRole, PolicyRule
from kubectl_kfaccess.rbac.rules import Request, rule_allows
from kubectl_kfaccess.rbac.subjects import AUTHENTICATED, GROUP, MASTERS, Identity, Principal


class Granting:
    """Who can bind a role that allows *request*, in *namespace* ("": in the whole cluster)."""

    def __init__(self, evaluator: Evaluator, request: Request, namespace: str) -> None:
        self._evaluator = evaluator
        self._request = request
        self._namespace = namespace

    @cached_property
    def is_unknown(self) -> bool:
        """Whether roles or bindings could not be read, so that nobody can be excluded."""
        return bool(self._evaluator.gaps((self._namespace,) if self._namespace else ()))

    def is_possible(self, who: Principal) -> bool:
        """Return whether *who* passes the escalation check, or may pass it."""
        identity = _identity(who)
        if MASTERS in identity.groups or self.is_unknown:
            return True
        owned = rules_for(self._evaluator.snapshot, identity, self._namespace, uncertain=True)
        return not uncovered(owned, (rule_for(self._request),)) or self._can_bind(identity)

    def creates_bindings(self, who: Principal) -> bool:
        """Return whether *who* can create a binding here, or perhaps can."""
        resource = "rolebindings" if self._namespace else "clusterrolebindings"
        create = Request("create", RBAC_GROUP, resource, namespace=self._namespace)
        return self.is_unknown or any(True for _ in self._evaluator.to(_identity(who), create))

    def is_bound(self, who: Principal) -> bool:
        """Return whether a binding names *who*, in the namespace or in the whole cluster."""
        bound = self._evaluator.snapshot.bound
        return any(who in bound.get(place, {}) for place in ("", self._namespace))

    def _can_bind(self, identity: Identity) -> bool:
        """Whether *identity* has `bind` for a role that allows the request."""
        return any(
            not grant.rule.resource_names or not names.isdisjoint(grant.rule.resource_names)
            for resource, names in self._allowing.items()
            if names
            for grant in self._evaluator.to(
                identity, Request("bind", RBAC_GROUP, resource, namespace=self._namespace), any_name=True
            )
        )

    @cached_property
    def _allowing(self) -> dict[str, frozenset[str]]:
        """The names of the roles that allow the request and can be bound here, by resource."""
        snapshot = self._evaluator.snapshot
        local = [role for role in snapshot.roles.values() if role.namespace == self._namespace]
        roles: dict[str, Iterable[AnyRole]] = {
            "clusterroles": snapshot.cluster_roles.values(),
            "roles": local,
        }
        return {
            resource: frozenset(
                role.name
                for role in listed
                if any(rule_allows(rule, self._request) for rule in snapshot.rules_of(role))
            )
            for resource, listed in roles.items()
        }


def _identity(who: Principal) -> Identity:
    """Return *who* as the server sees them, as far as it is known."""
    return Identity("", (who.name,)) if who.kind == GROUP else Identity(who.name, (AUTHENTICATED,))


def rule_for(request: Request) -> PolicyRule:
    """Return the smallest rule that allows *request*."""
    if request.path is not None:
        return PolicyRule((request.verb,), non_resource_urls=(request.path,))
    names = (request.name,) if request.name else ()
    return PolicyRule((request.verb,), (request.group,), (request.combined_resource,), names)
