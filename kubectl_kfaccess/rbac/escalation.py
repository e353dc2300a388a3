"""
Whose rules cover which: the escalation check that comes before a role is written or bound.

Mirrors Covers of component-helpers/auth/rbac/validation/policy_comparator.go, function by function, and
RulesFor of pkg/registry/rbac/validation/rule.go. It compares rules with rules, not with requests: a
subresource of everything (`*/log`) covers `pods/log`, and `pods/*` covers nothing but itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Identity


def uncovered(owned: Iterable[PolicyRule], wanted: Iterable[PolicyRule]) -> tuple[PolicyRule, ...]:
    """Return what of *wanted* no rule of *owned* covers, broken down; empty when all is covered."""
    owners = tuple(owned)
    subrules = (subrule for rule in wanted for subrule in breakdown_rule(rule))
    return tuple(subrule for subrule in subrules if not any(rule_covers(owner, subrule) for owner in owners))


def rules_for(
    snapshot: Snapshot, identity: Identity, namespace: str, *, uncertain: bool = False
) -> tuple[PolicyRule, ...]:
    """Return the rules that *identity* has in that namespace ("": in the whole cluster alone)."""
    found: dict[PolicyRule, None] = {}
    for place in dict.fromkeys(("", namespace)):
        bound = snapshot.bound.get(place, {})
        for who in identity.principals:
            for binding in bound.get(who, ()):
                role = snapshot.role(binding.role_ref, binding.namespace)
                found.update(dict.fromkeys(snapshot.rules_of(role)))
                if uncertain:
                    found.update(dict.fromkeys(snapshot.uncertain_rules_of(role)))
    return tuple(found)


def breakdown_rule(rule: PolicyRule) -> Iterator[PolicyRule]:
    """Yield the rule in parts of one verb, one group, one resource and at most one name, or of one URL."""
    for group in rule.api_groups:
        for resource in rule.resources:
            for verb in rule.verbs:
                whole = PolicyRule((verb,), (group,), (resource,))
                yield from (replace(whole, resource_names=(name,)) for name in rule.resource_names)
                if not rule.resource_names:
                    yield whole
    for url in rule.non_resource_urls:
        for verb in rule.verbs:
            yield PolicyRule((verb,), non_resource_urls=(url,))


def rule_covers(owner: PolicyRule, subrule: PolicyRule) -> bool:
    """Whether *owner* allows whatever *subrule*, a part of a rule, allows."""
    return (
        _has_all(owner.verbs, subrule.verbs, or_one=ALL)
        and _has_all(owner.api_groups, subrule.api_groups, or_one=ALL)
        and _resource_covers_all(owner.resources, subrule.resources)
        and _names_cover_all(owner.resource_names, subrule.resource_names)
        and _non_resource_urls_cover_all(owner.non_resource_urls, subrule.non_resource_urls)
    )


def _has_all(owned: Collection[str], wanted: Iterable[str], *, or_one: str) -> bool:
    return or_one in owned or all(one in owned for one in wanted)


def _resource_covers_all(owned: Collection[str], wanted: Iterable[str]) -> bool:
    if ALL in owned:
        return True
    return all(one in owned or ("/" in one and f"*/{one.partition('/')[2]}" in owned) for one in wanted)


def _names_cover_all(owned: Collection[str], wanted: Collection[str]) -> bool:
    # ruleCovers: names restrict, so an owner with names covers no rule without
    return not owned or (bool(wanted) and all(one in owned for one in wanted))


def _non_resource_urls_cover_all(owned: Collection[str], wanted: Iterable[str]) -> bool:
    return all(any(_non_resource_url_covers(owner, path) for owner in owned) for path in wanted)


def _non_resource_url_covers(owner: str, path: str) -> bool:
    # strings.TrimRight(ownerPath, "*") cuts every trailing star
    return owner == path or (owner.endswith(ALL) and path.startswith(owner.rstrip(ALL)))
