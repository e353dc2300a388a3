"""A role without rules that its release shipped."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.pipelines.view import shipped_text
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline

TYPE = FindingType(
    id="runner-rules-missing",
    severity=Severity.WARNING,
    what="A role lacks rules that the release shipped.",
    why=(
        "Somebody has edited the role, or an upgrade was applied in part. What steps need is judged apart; "
        "a rule that is missing here may still be needed by a step of your own."
    ),
    fix="Compare with the lines marked `-` and apply the role again from the release's manifests.",
)


def find(view: Baseline) -> Iterator[Finding]:
    """Yield a finding where a role that is held against its releases lacks rules."""
    if view.missing:
        message = f"lacks some of {shipped_text(view, view.missing)}"
        yield Finding(TYPE, view.kind, view.namespace, view.name, message)
