"""
The policies as each layer enforces them: a sidecar, or something that knows connections and no HTTP.

Of ALLOW policies, rules that need HTTP are left out where there is none. About DENY policies there are two
readings. Istio documents that they are widened (convertAuthorizationPolicy of pilot's ambient registry, and
BuildTCP for sidecars); in ztunnel's own src/rbac.rs, a part that needs HTTP alone never matches.
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
    Action,
    PolicyRules,
    Rule,
    Scope,
    Term,
    Terms,
)


def for_layer(layer: Layer, policies: Iterable[PolicyRules]) -> tuple[PolicyRules, ...]:
    """Return the policies as *layer* enforces them; `targetRefs` name gateways and waypoints."""
    attached = (policy for policy in policies if policy.scope is not Scope.TARGETS)
    if layer is Layer.PROXY:
        return tuple(attached)
    denial = widened if layer is Layer.CONNECTIONS else _narrowed
    enforced = (policy for policy in attached if policy.action is not Action.CUSTOM)
    return tuple(
        policy if policy.rules is None else denial(policy) if policy.action is Action.DENY else _left(policy)
        for policy in enforced
    )


def widened(policy: PolicyRules) -> PolicyRules:
    """Return a DENY policy without what needs HTTP, as it is enforced on ports that are not HTTP."""
    rules = None if policy.rules is None else tuple(map(_widened, policy.rules))
    return replace(policy, rules=rules)


def _left(policy: PolicyRules) -> PolicyRules:
    """Return an ALLOW policy without the rules that need HTTP."""
    rules = (rule for rule in policy.rules or () if not any(map(_needs_http, _all(rule))))
    return replace(policy, rules=tuple(rules))


def _narrowed(policy: PolicyRules) -> PolicyRules:
    """Return a DENY policy without what needs HTTP alone, and without the rules that then lack something."""
    narrowed = (rule for each in policy.rules or () if (rule := _narrowed_rule(each)))
    return replace(policy, rules=tuple(narrowed))


def _widened(rule: Rule) -> Rule:
    return replace(
        rule,
        sources=tuple(map(_without_http, rule.sources)),
        operations=tuple(map(_without_http, rule.operations)),
        conditions=_without_http(rule.conditions),
    )


def _narrowed_rule(rule: Rule) -> Rule | None:
    sources = tuple(filter(None, map(_without_http, rule.sources)))
    operations = tuple(filter(None, map(_without_http, rule.operations)))
    never_matches = (rule.sources and not sources) or (rule.operations and not operations)
    if never_matches or any(map(_needs_http, rule.conditions)):
        return None
    return replace(rule, sources=sources, operations=operations)


def _without_http(terms: Terms) -> Terms:
    return tuple(term for term in terms if not _needs_http(term))


def _all(rule: Rule) -> Terms:
    alternatives = (*rule.sources, *rule.operations)
    return (*(term for terms in alternatives for term in terms), *rule.conditions)


def _needs_http(term: Term) -> bool:
    is_of_operation = term.attribute in (METHOD, HOST, PATH)
    return is_of_operation or term.attribute.startswith((HEADER_PREFIX, "request.auth."))
