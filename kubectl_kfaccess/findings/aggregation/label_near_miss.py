"""A label that is almost the one that an aggregated role selects."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.aggregation.labels import Slip, Term
from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about

TYPE = FindingType(
    id="aggregation-label-near-miss",
    severity=Severity.ERROR,
    what=(
        "A ClusterRole has a label that is almost one that an aggregated role selects: it has another "
        'value ("True" for `true`), a typo in the key, or another prefix. The aggregated role does not '
        "select it."
    ),
    why=(
        "Labels are compared letter by letter, and nothing reports a label that matches no selector. "
        "Everyone who is bound to the aggregated role misses the rules of this one, and is denied what the "
        "component was installed for."
    ),
    fix=(
        "Write the label as it is in the selector: `kubectl label clusterrole NAME KEY=true --overwrite`. "
        "Remove the wrong one with `kubectl label clusterrole NAME WRONG-KEY-`. Fix the manifest too, or "
        "the next apply brings the mistake back."
    ),
)


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each such label; it also concerns the aggregated roles that do not select it."""
    for slip in view.slips:
        if slip.wanted:
            yield about(slip.role, TYPE, _text(slip, slip.wanted), slip.missed_by)


def _text(slip: Slip, wanted: Term) -> str:
    names = " and ".join(f"`{name}`" for name in slip.missed_by)
    label = f'`{wanted.key}: "{wanted.value}"`' if wanted.value is not None else f"`{wanted.key}`"
    verb = "does" if len(slip.missed_by) == 1 else "do"
    return f'the label `{slip.key}: "{slip.value}"` is not {label}, so {names} {verb} not select it'
