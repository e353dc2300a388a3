"""A role with rules that its release did not ship."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.pipelines.view import shipped_text
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline

TYPE = FindingType(
    id="runner-rules-added",
    severity=Severity.WARNING,
    what="A role has rules that the release did not ship.",
    why=(
        "Every step of every pipeline can use these rules. They are lost when the release is applied "
        "again, and then the steps that rely on them fail."
    ),
    fix=(
        "Move the added rules, which are marked `+`, to a separate Role and RoleBinding. Upgrades leave "
        "those alone."
    ),
)


def find(view: Baseline) -> Iterator[Finding]:
    """Yield a finding if the compared role has rules that its release did not ship."""
    if view.added:
        message = f"has more than {shipped_text(view, view.added)}"
        yield Finding(TYPE, view.kind, view.namespace, view.name, message)
