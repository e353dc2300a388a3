"""
The policies as each layer enforces them: a sidecar, or something that knows connections and no HTTP.

Without HTTP, rules of ALLOW policies that need it are left out. Those of DENY policies are widened: BuildTCP
does so for sidecars, and Istio documents it for ambient mode. What ztunnel itself does is in `ztunnel`.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.planes.mesh.enforcement import Layer
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
    Terms,
)
from kubectl_kfaccess.kubeflow.planes.mesh.ztunnel import for_ztunnel


def for_layer(layer: Layer, policies: Iterable[PolicyRules]) -> tuple[PolicyRules, ...]:
    """Return the policies as *layer* enforces them; `targetRefs` name gateways and waypoints."""
    attached = (policy for policy in policies if policy.scope is not Scope.TARGETS)
    if layer is Layer.PROXY:
        return tuple(attached)
    enforced = (policy for policy in attached if policy.action is not Action.CUSTOM)
    if layer is Layer.ZTUNNEL:
        return tuple(map(for_ztunnel, enforced))
    return tuple(widened(policy) if policy.action is Action.DENY else _left(policy) for policy in enforced)


def widened(policy: PolicyRules) -> PolicyRules:
    """Return a DENY policy without what needs HTTP, as it is enforced on ports that are not HTTP."""
    rules = None if policy.rules is None else tuple(map(_widened, policy.rules))
    return replace(policy, rules=rules)


def on_every_port(policy: PolicyRules) -> PolicyRules:
    """Return a DENY policy as it is enforced without HTTP, with the rules that name no ports."""
    rules = (rule for rule in policy.rules or () if all(term.attribute != PORT for term in _all(rule)))
    return widened(replace(policy, rules=None if policy.rules is None else tuple(rules)))


def _left(policy: PolicyRules) -> PolicyRules:
    """Return an ALLOW policy without the rules that need HTTP."""
    if policy.rules is None:
        return policy
    return replace(policy, rules=tuple(r for r in policy.rules if not any(map(_needs_http, _all(r)))))


def _widened(rule: Rule) -> Rule:
    return replace(
        rule,
        sources=tuple(map(_without_http, rule.sources)),
        operations=tuple(map(_without_http, rule.operations)),
        conditions=_without_http(rule.conditions),
    )


def _without_http(terms: Terms) -> Terms:
    return tuple(term for term in terms if not _needs_http(term))


def _all(rule: Rule) -> Terms:
    alternatives = (*rule.sources, *rule.operations)
    return (*(term for terms in alternatives for term in terms), *rule.conditions)


def _needs_http(term: Term) -> bool:
    is_of_operation = term.attribute in (METHOD, HOST, PATH)
    return is_of_operation or term.attribute.startswith((HEADER_PREFIX, "request.auth."))
