"""
The policies as ztunnel compares them, which knows connections and no HTTP.

Mirrors handleRule of pilot/pkg/serviceregistry/ambient/authorization.go in istio/istio, and
Authorization::matches of src/rbac.rs in istio/ztunnel: of a DENY rule, a part that needs HTTP alone leaves an
empty match, which never matches. Fields that it does not know leave one, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.planes.mesh.rules import (
    NAMESPACE,
    PORT,
    PRINCIPAL,
    SERVICE_ACCOUNT,
    SOURCE_IP,
    TRUST_DOMAIN,
    Action,
    PolicyRules,
    Rule,
    Terms,
)

_OF_SOURCES = (PRINCIPAL, NAMESPACE, SERVICE_ACCOUNT, SOURCE_IP)
_OF_OPERATIONS = (PORT,)
_OF_CONDITIONS = (PRINCIPAL, NAMESPACE, SOURCE_IP, PORT, "destination.ip")


def for_ztunnel(policy: PolicyRules) -> PolicyRules:
    """Return the policy with the rules that ztunnel compares, and with what it knows of them."""
    if policy.rules is None:
        return policy
    rules = (rule for rule in policy.rules if policy.action is Action.DENY or not _needs_http(rule))
    return replace(policy, rules=tuple(known for rule in rules for known in _known(rule)))


def _needs_http(rule: Rule) -> bool:
    """Whether an ALLOW policy loses the rule."""
    sources = (term.attribute for terms in rule.sources for term in terms)
    operations = (term.attribute for terms in rule.operations for term in terms)
    return (
        any(attribute not in (*_OF_SOURCES, TRUST_DOMAIN) for attribute in sources)
        or any(attribute not in _OF_OPERATIONS for attribute in operations)
        or any(term.attribute not in _OF_CONDITIONS for term in rule.conditions)
    )


def _known(rule: Rule) -> Iterator[Rule]:
    """Yield the rule with what ztunnel knows of it, or nothing if a part of it never matches."""
    sources = _with_known_terms(rule.sources, _OF_SOURCES)
    operations = _with_known_terms(rule.operations, _OF_OPERATIONS)
    never_matches = (
        (rule.sources and not sources)
        or (rule.operations and not operations)
        or any(term.attribute not in _OF_CONDITIONS for term in rule.conditions)
    )
    if not never_matches:
        yield replace(rule, sources=sources, operations=operations)


def _with_known_terms(alternatives: tuple[Terms, ...], known: tuple[str, ...]) -> tuple[Terms, ...]:
    """Return the alternatives with their known terms, without those that have none."""
    left = (tuple(term for term in terms if term.attribute in known) for terms in alternatives)
    return tuple(filter(None, left))
