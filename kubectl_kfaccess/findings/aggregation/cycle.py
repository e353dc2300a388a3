"""Aggregated roles that select each other."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.kubeflow.aggregation.roles import rule_words
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.snapshot import Snapshot

TYPE = FindingType(
    id="aggregation-cycle",
    severity=Severity.ERROR,
    what="Aggregated ClusterRoles select each other, directly or through other roles.",
    why=(
        "A rule that has entered the cycle never leaves it: each role takes the rule from the other, even "
        "after the role that it came from is gone. A permission that was withdrawn stays in force, "
        "although no manifest contains it."
    ),
    fix=(
        "Remove the label that closes the cycle: `kubectl label clusterrole NAME KEY-`. Then empty each of "
        "the roles, so that the controller fills it again: `kubectl patch clusterrole NAME --type=merge -p "
        "'{\"rules\":[]}'`."
    ),
)


_MOST_RULES = 3


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each cycle, about the role whose name sorts first."""
    for ring in view.snapshot.aggregation.rings:
        first, *others = sorted(ring)
        names = ", ".join(f"`{name}`" for name in others)
        alive = _alive_text(_kept_alive(view.snapshot, ring))
        message = f"it and {names} select one another, so no rule ever leaves them{alive}"
        yield about(view.snapshot.cluster_roles["", first], TYPE, message)


def _alive_text(rules: tuple[PolicyRule, ...]) -> str:
    if not rules:
        return ""
    more = f" and {len(rules) - _MOST_RULES} more rules" if len(rules) > _MOST_RULES else ""
    return f"; no role outside brings {', '.join(map(rule_words, rules[:_MOST_RULES]))}{more}"


def _kept_alive(snapshot: Snapshot, ring: frozenset[str]) -> tuple[PolicyRule, ...]:
    """Return the rules stored in the *ring*'s roles that no selected role outside of it brings."""
    aggregation = snapshot.aggregation
    outside = {selected for name in ring for selected in aggregation.selected[name] if selected not in ring}
    brought = {rule for name in outside for rule in aggregation.rules(name)}
    stored = (rule for name in sorted(ring) for rule in snapshot.cluster_roles["", name].rules)
    return tuple(dict.fromkeys(rule for rule in stored if rule not in brought))
