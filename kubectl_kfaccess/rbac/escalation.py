"""
The escalation check, which comes before a role is written or bound: whether rules cover other rules.

Mirrors Covers of component-helpers/auth/rbac/validation/policy_comparator.go, function by function, and
RulesFor of pkg/registry/rbac/validation/rule.go. Rules are compared with rules, not with requests: `*/log`
covers `pods/log`, and `pods/*` covers only itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Identity


def uncovered(owned: Iterable[PolicyRule], wanted: Iterable[PolicyRule]) -> tuple[PolicyRule, ...]:
    """Return the parts of *wanted* that no rule of *owned* covers, as `breakdown_rule` makes them."""
    owners = tuple(owned)
    subrules = (subrule for rule in wanted for subrule in breakdown_rule(rule))
    return tuple(subrule for subrule in subrules if not any(rule_covers(owner, subrule) for owner in owners))


def covers(owned: Iterable[PolicyRule], subrules: Iterable[PolicyRule]) -> bool:
    """Whether rules of *owned* cover all of *subrules*, which `breakdown_rule` has made."""
    owners = tuple(owned)
    return all(any(rule_covers(owner, subrule) for owner in owners) for subrule in subrules)


def rules_for(
    snapshot: Snapshot, identity: Identity, namespace: str, *, uncertain: bool = False
) -> tuple[PolicyRule, ...]:
    """Return the rules of *identity* in *namespace*, with cluster-wide ones; in "", only those."""
    rules: dict[PolicyRule, None] = {}
    for place in dict.fromkeys(("", namespace)):
        bound = snapshot.bound.get(place, {})
        for who in identity.principals:
            for binding in bound.get(who, ()):
                role = snapshot.role(binding.role_ref, binding.namespace)
                rules.update(dict.fromkeys(snapshot.rules_of(role)))
                if uncertain:
                    rules.update(dict.fromkeys(snapshot.uncertain_rules_of(role)))
    return tuple(rules)


def breakdown_rule(rule: PolicyRule) -> Iterator[PolicyRule]:
    """Yield *rule* in parts with one verb, one group, one resource and at most one name, or with one URL."""
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
    """Whether *owner* allows everything that *subrule*, one part of a rule, allows."""
    return (
        _has_all(owner.verbs, subrule.verbs, or_one=ALL)
        and _has_all(owner.api_groups, subrule.api_groups, or_one=ALL)
        and _resource_covers_all(owner.resources, subrule.resources)
        and _names_cover_all(owner.resource_names, subrule.resource_names)
        and _non_resource_urls_cover_all(owner.non_resource_urls, subrule.non_resource_urls)
    )


def _has_all(owned: Collection[str], wanted: Iterable[str], *, or_one: str) -> bool:
    return or_one in owned or all(entry in owned for entry in wanted)


def _resource_covers_all(owned: Collection[str], wanted: Iterable[str]) -> bool:
    if ALL in owned:
        return True
    return all(text in owned or ("/" in text and f"*/{text.partition('/')[2]}" in owned) for text in wanted)


def _names_cover_all(owned: Collection[str], wanted: Collection[str]) -> bool:
    # ruleCovers: names restrict a rule, so an owner with names does not cover a rule without names
    return not owned or (bool(wanted) and all(name in owned for name in wanted))


def _non_resource_urls_cover_all(owned: Collection[str], wanted: Iterable[str]) -> bool:
    return all(any(_non_resource_url_covers(owner, path) for owner in owned) for path in wanted)


def _non_resource_url_covers(owner: str, path: str) -> bool:
    # strings.TrimRight(ownerPath, "*") cuts every trailing star
    return owner == path or (owner.endswith(ALL) and path.startswith(owner.rstrip(ALL)))
