"""The report of `aggregation --computed`: the ClusterRole itself, and what is not known of its rules."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.aggregation.arguments import KIND
from kubectl_kfaccess.kubeflow.aggregation.roles import few_rules
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.rbac.computed_roles import ComputedRole, Doubt
from kubectl_kfaccess.terminal.safe_text import shown
from kubectl_kfaccess.terminal.words import counted


def computed_report(value: ComputedRole) -> Report:
    """Return the report: the output is Kubernetes' own type."""
    return Report(KIND, whole=value.manifest, remarks=tuple(_remarks(value)))


def _remarks(value: ComputedRole) -> Iterator[str]:
    name = f"`{shown(value.role.name)}`"
    if not value.is_aggregated:
        yield f"note: {name} is not aggregated: its own rules stand"
    if value.doubt is Doubt.SELECTOR:
        yield (
            f"warning: which rules {name} should have is not known, because one of its selectors cannot be"
            " read: its own rules are printed"
        )
    if value.doubt is Doubt.CYCLE:
        count = len(value.uncertain)
        yield (
            f"warning: whether {name} has {counted(count, 'more rule')} is not known, because roles select"
            f" each other in a cycle; {'it is' if count == 1 else 'they are'} left out:"
            f" {few_rules(value.uncertain)}"
        )
