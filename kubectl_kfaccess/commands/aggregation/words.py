"""Roles, their rules and their selectors in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.rbac.aggregation_tree import Part
from kubectl_kfaccess.rbac.model import LabelSelector
from kubectl_kfaccess.terminal.safe_text import part, shown


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence: `a and b`, or `a, b, c`."""
    return " and ".join(map(part, names)) if len(names) < 3 else ", ".join(map(part, names))


def selector_text(selector: LabelSelector) -> str:
    """Return a selector in the form of kubectl's `-l`; `<all>` if it selects everything."""
    labels = (f"{part(key, ' ,=')}={part(value, ' ,=')}" for key, value in selector.match_labels.items())
    expressions = (
        f"{part(expression.key, ' ,=')} {shown(expression.operator)}"
        + (f" ({' '.join(map(part, expression.values))})" if expression.values else "")
        for expression in selector.match_expressions
    )
    return ",".join((*labels, *expressions)) or "<all>"


def rules_text(role: Part) -> str:
    """Return the number of a role's own rules; the other rules of an aggregated role come from others."""
    count = len(role.rules)
    rules = f"{count or 'no'} {'rule' if count == 1 else 'rules'}"
    if role.aggregated:
        return f"aggregated; {rules} of its own" if count else "aggregated"
    return rules


def marks(role: Part) -> Iterator[str]:
    """Yield what else is noteworthy about a role."""
    if role.is_invalid:
        yield "a selector cannot be read"
    if role.dangling:
        yield "a selector matches no role"
    if role.assumed:
        yield "Kubernetes default"
