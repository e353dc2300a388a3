"""Kubeflow's binding for the runner, which names somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.pipelines.view import RunnerView
from kubectl_kfaccess.rbac.subjects import spelled

TYPE = FindingType(
    id="runner-binding-other-subject",
    severity=Severity.ERROR,
    what="The binding that Kubeflow makes for the account is there, but names somebody else.",
    why=(
        "A namespace, a kind or a name in its subjects is wrong, typically after a copy from another "
        "namespace: the account has nothing, and another one perhaps has too much."
    ),
    fix=(
        "Correct the subjects of the binding: `kubectl edit` it, or apply what `kubectl kfaccess check -o "
        "fix` prints."
    ),
)


def find(view: RunnerView) -> Iterator[Finding]:
    """Yield a finding where the runner lacks its role, and Kubeflow's binding grants that role to others."""
    expected, binding = view.ungranted, view.broken_binding
    if expected and binding and binding.role_ref == expected.role:
        subjects = ", ".join(f"`{spelled(subject)}`" for subject in binding.subjects[:3]) or "nobody"
        yield about(binding, TYPE, f"names {subjects} instead of `{view.name}`")
