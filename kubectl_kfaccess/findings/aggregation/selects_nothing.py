"""A selector of an aggregated role that selects no role."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.kubeflow.aggregation.roles import few_rules
from kubectl_kfaccess.rbac.aggregation_tree import dangling
from kubectl_kfaccess.rbac.model import LabelSelector

TYPE = FindingType(
    id="aggregation-selects-nothing",
    severity=Severity.WARNING,
    what="A selector of an aggregated ClusterRole matches the labels of no other ClusterRole.",
    why=(
        "The role gets no rules by this selector. Where none of its selectors brings a rule, rules that a "
        "person or an installer wrote into the role itself stay in force, though they look as if "
        "aggregation owned them."
    ),
    fix=(
        "Install the roles that should be selected, or label them as the selector asks: `kubectl label "
        "clusterrole NAME KEY=true`. Remove rules that stay in force unwanted with `kubectl edit "
        "clusterrole NAME`."
    ),
)


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each role with such selectors, and the rules that stay in force because of them."""
    for role in view.readable_roles:
        unmatched = dangling(view.snapshot, role)
        if not unmatched:
            continue
        message = f"no role has the labels that it selects: {' or '.join(map(_selector_text, unmatched))}"
        if role.rules and not view.snapshot.aggregation.brought(role.name):
            message += f"; its own rules stay in force: {few_rules(role.rules)}"
        yield about(role, TYPE, message)


def _selector_text(selector: LabelSelector) -> str:
    labels = (f'`{key}: "{value}"`' for key, value in selector.match_labels.items())
    lines = (
        f"`{' '.join((line.key, line.operator))}{' (' + ', '.join(line.values) + ')' if line.values else ''}`"
        for line in selector.match_expressions
    )
    return " with ".join((*labels, *lines)) or "any other role"
