"""Fewer rules that allow the same: verbs and names of the same resources are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from kubectl_kfaccess.rbac.model import PolicyRule


def compact_rules(rules: Iterable[PolicyRule]) -> tuple[PolicyRule, ...]:
    """Return *rules* in their order, with one for all verbs on the same, and one for all names."""
    by_verb = _joined(rules, lambda rule: replace(rule, verbs=()), "verbs")
    named = _joined(
        (rule for rule in by_verb if rule.resource_names),
        lambda rule: replace(rule, resource_names=()),
        "resource_names",
    )
    return (*(rule for rule in by_verb if not rule.resource_names), *named)


def _joined(
    rules: Iterable[PolicyRule], key: Callable[[PolicyRule], PolicyRule], field: str
) -> tuple[PolicyRule, ...]:
    groups: dict[PolicyRule, dict[str, None]] = {}
    for rule in rules:
        groups.setdefault(key(rule), {}).update(dict.fromkeys(getattr(rule, field)))
    return tuple(replace(rest, **{field: tuple(values)}) for rest, values in groups.items())
