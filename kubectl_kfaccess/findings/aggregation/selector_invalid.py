"""An aggregated role with a selector that the controller cannot read."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.rbac.aggregation_tree import is_invalid
from kubectl_kfaccess.rbac.labels import well_formed
from kubectl_kfaccess.rbac.model import ClusterRole, LabelSelector, LabelSelectorRequirement

TYPE = FindingType(
    id="aggregation-selector-invalid",
    severity=Severity.ERROR,
    what=(
        "An aggregated ClusterRole has an invalid selector, or an aggregationRule without any selector. A "
        "selector is invalid if its operator is unknown, if it has values where none are allowed, or if it "
        "has no values where some are needed."
    ),
    why=(
        "The API server refuses to create such a role. If one is stored anyway, the controller stops at "
        "the first invalid selector, so the role keeps the rules that it has and never gets those of its "
        "other selectors."
    ),
    fix=(
        "Write the operator as Kubernetes spells it: `In` and `NotIn` with values, `Exists` and "
        '`DoesNotExist` without. Write at least one selector, usually `matchLabels: {KEY: "true"}`.'
    ),
)


_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each such role, with the first problem in its selectors."""
    for role in view.aggregated_roles:
        if is_invalid(role):
            yield about(role, TYPE, f"{_invalid_text(role)}: the controller leaves the role as it is")


def _invalid_text(role: ClusterRole) -> str:
    expressions = (expression for selector in role.selectors for expression in selector.match_expressions)
    invalid = next(
        (expression for expression in expressions if not well_formed(LabelSelector({}, (expression,)))),
        None,
    )
    return _expression_text(invalid) if invalid else "its aggregationRule has no selector"


def _expression_text(expression: LabelSelectorRequirement) -> str:
    if expression.operator not in _OPERATORS:
        operator = f"the operator `{expression.operator}`, which there is not"
        return f"the selector of `{expression.key}` has {operator}"
    values = "values, which it must not have" if expression.values else "no values, which it needs"
    return f"the selector of `{expression.key}` has the operator `{expression.operator}` with {values}"
