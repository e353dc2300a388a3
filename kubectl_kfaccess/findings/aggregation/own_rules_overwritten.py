"""Hand-written rules of an aggregated role that the controller replaces."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.kubeflow.aggregation.roles import few_rules
from kubectl_kfaccess.rbac.aggregation import written_rules
from kubectl_kfaccess.rbac.model import ClusterRole, PolicyRule
from kubectl_kfaccess.rbac.snapshot import Snapshot

TYPE = FindingType(
    id="aggregation-own-rules-overwritten",
    severity=Severity.WARNING,
    what=(
        "The manifest of an aggregated ClusterRole has rules of its own, but its selectors bring different "
        "ones. The manifest is known from files, or from the annotation in which `kubectl apply` keeps it."
    ),
    why=(
        "As soon as the selected roles have a rule, the controller replaces all rules of this role with "
        "theirs. Anyone who relies on the hand-written rules is denied, and each apply brings them back "
        "for a moment."
    ),
    fix=(
        "Move the rules to a separate ClusterRole with the label that the selector asks for, and write "
        "`rules: []` in the aggregated role."
    ),
)


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each role whose manifest has rules that its selectors do not bring."""
    for role in view.readable_roles:
        if lost := _lost_rules(view.snapshot, role):
            count = f"{len(lost)} of its own rules are" if len(lost) > 1 else "a rule of its own is"
            others = f"overwritten by those of the roles it selects: {few_rules(lost)}"
            yield about(role, TYPE, f"{count} {others}")


def _lost_rules(snapshot: Snapshot, role: ClusterRole) -> tuple[PolicyRule, ...]:
    """Return the rules that the controller certainly replaces, () if the selected roles have no rules."""
    brought = snapshot.aggregation.brought(role.name)
    if not brought:
        return ()
    written = written_rules(role)
    doubtful = snapshot.aggregation.uncertain_rules(role.name)
    return tuple(rule for rule in written if rule not in brought and rule not in doubtful)
