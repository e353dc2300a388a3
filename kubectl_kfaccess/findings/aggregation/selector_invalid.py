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
        "An aggregated ClusterRole has a selector that cannot be read: an unknown operator, values where "
        "none belong or none where some do; or it has an aggregationRule without any selector."
    ),
    why=(
        "The API server refuses to create such a role. Where one is stored all the same, the controller "
        "gives up at the first bad selector, so the role keeps the rules that it has and never gets those "
        "of its other selectors."
    ),
    fix=(
        "Write the operator as Kubernetes has it: `In` and `NotIn` with values, `Exists` and "
        '`DoesNotExist` without; and at least one selector, usually `matchLabels: {KEY: "true"}`.'
    ),
)


_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each such role, with the first thing that is wrong about its selectors."""
    for role in view.aggregated_roles:
        if is_invalid(role):
            yield about(role, TYPE, f"{_invalid_text(role)}: the controller leaves the role as it is")


def _invalid_text(role: ClusterRole) -> str:
    lines = (line for selector in role.selectors for line in selector.match_expressions)
    invalid = next((line for line in lines if not well_formed(LabelSelector({}, (line,)))), None)
    return _expression_text(invalid) if invalid else "its aggregationRule has no selector"


def _expression_text(line: LabelSelectorRequirement) -> str:
    if line.operator not in _OPERATORS:
        return f"the selector of `{line.key}` has the operator `{line.operator}`, which there is not"
    values = "values, which it must not have" if line.values else "no values, which it needs"
    return f"the selector of `{line.key}` has the operator `{line.operator}` with {values}"
