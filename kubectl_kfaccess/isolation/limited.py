"""Where constrained impersonation allows anything: only what both sides are allowed counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from kubectl_kfaccess.escalation.nodes import Node
from kubectl_kfaccess.rbac.escalation import rules_for
from kubectl_kfaccess.rbac.impersonation import is_on_target, mode_of, verb_on_target
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.snapshot import Snapshot


def allows_something(snapshot: Snapshot, node: Node, place: str) -> bool:
    """Return whether a LIMITED *node* is certainly allowed anything on resources in *place*."""
    if node.by is None:
        return False
    own = rules_for(snapshot, node.identity, place)
    as_them = [*_as_somebody(rules_for(snapshot, node.by.identity, place), node.mode)]
    return any(_share_something(rule, other) for rule in own for other in as_them)


def _as_somebody(rules: Collection[PolicyRule], mode: str) -> Iterator[PolicyRule]:
    """Yield what *rules* allow to be done as somebody else in that mode, each with the plain verbs."""
    for rule in rules:
        verbs = tuple(
            verb_on_target(verb) for verb in rule.verbs if is_on_target(verb) and mode_of(verb) == mode
        )
        if ALL in rule.verbs or verbs:
            yield replace(rule, verbs=(ALL,) if ALL in rule.verbs else verbs)


def _share_something(rule: PolicyRule, other: PolicyRule) -> bool:
    """Return whether there is a request that both rules allow."""
    names = (rule.resource_names, other.resource_names)
    return (
        _meet(rule.verbs, other.verbs)
        and _meet(rule.api_groups, other.api_groups)
        and _resources_meet(rule.resources, other.resources)
        and (not all(names) or not set(names[0]).isdisjoint(names[1]))
    )


def _meet(texts: Collection[str], others: Collection[str]) -> bool:
    is_any = (ALL in texts and bool(others)) or (ALL in others and bool(texts))
    return is_any or not set(texts).isdisjoint(others)


def _resources_meet(resources: Collection[str], others: Collection[str]) -> bool:
    """Return whether both name the same resource; `*/log` is the log of any."""
    return (
        _meet(resources, others) or _has_subresource(resources, others) or _has_subresource(others, resources)
    )


def _has_subresource(resources: Collection[str], others: Collection[str]) -> bool:
    wanted = {text.partition("/")[2] for text in resources if text.startswith("*/")}
    return any(text.partition("/")[2] in wanted for text in others if "/" in text)
