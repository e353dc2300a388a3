"""A selector of an aggregated role that matches no other role."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.kubeflow.aggregation.roles import few_rules
from kubectl_kfaccess.rbac.aggregation_tree import dangling
from kubectl_kfaccess.rbac.model import LabelSelector, LabelSelectorRequirement

TYPE = FindingType(
    id="aggregation-selects-nothing",
    severity=Severity.WARNING,
    what="A selector of an aggregated ClusterRole matches no other ClusterRole.",
    why=(
        "The role gets no rules from this selector. If none of its selectors brings a rule, then rules "
        "that a person or an installer wrote into the role itself stay in force, although they look as if "
        "aggregation managed them."
    ),
    fix=(
        "Install the roles that it should select, or give them the labels that the selector asks for: "
        "`kubectl label clusterrole NAME KEY=true`. If unwanted rules stay in force, remove them with "
        "`kubectl edit clusterrole NAME`."
    ),
)


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each role with such selectors, with the role's own rules that stay in force."""
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
    return " with ".join((*labels, *map(_expression_text, selector.match_expressions))) or "any other role"


def _expression_text(expression: LabelSelectorRequirement) -> str:
    values = f" ({', '.join(expression.values)})" if expression.values else ""
    return f"`{expression.key} {expression.operator}{values}`"
