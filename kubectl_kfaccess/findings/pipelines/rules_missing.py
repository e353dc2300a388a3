"""A role that is missing rules that its release shipped."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.pipelines.view import shipped_text
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline

TYPE = FindingType(
    id="runner-rules-missing",
    severity=Severity.WARNING,
    what="A role is missing rules that the release shipped.",
    why=(
        "Someone has edited the role, or an upgrade was applied only in part. `check` judges separately "
        "what steps need, but a step of your own may still need a rule that is missing here. If an "
        "installed component needs one of the rules, it is an error."
    ),
    fix="Compare the rules marked `-`, and apply the role again from the manifests of the release.",
)


def find(view: Baseline) -> Iterator[Finding]:
    """Yield a finding if the compared role is missing rules that its release shipped."""
    if view.missing:
        message = f"is missing some of {shipped_text(view, view.missing)}"
        yield Finding(TYPE, view.kind, view.namespace, view.name, message)
