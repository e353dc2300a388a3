"""Kubeflow's binding for the runner, if it names another subject."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.pipelines.view import RunnerView
from kubectl_kfaccess.rbac.subjects import spelled

TYPE = FindingType(
    id="runner-binding-other-subject",
    severity=Severity.ERROR,
    what="The binding that Kubeflow creates for the account exists, but names a different subject.",
    why=(
        "A namespace, a kind or a name among its subjects is wrong, typically because the binding was "
        "copied from another namespace. The account has no access, and another account may have too much."
    ),
    fix=(
        "Correct the subjects of the binding with `kubectl edit`, or apply what `kubectl kfaccess check -o "
        "fix` prints."
    ),
)


def find(view: RunnerView) -> Iterator[Finding]:
    """Yield a finding if the runner lacks its role and Kubeflow's binding grants it to other subjects."""
    expected, binding = view.ungranted, view.broken_binding
    if expected and binding and binding.role_ref == expected.role:
        subjects = ", ".join(f"`{spelled(subject)}`" for subject in binding.subjects[:3]) or "nobody"
        yield about(binding, TYPE, f"names {subjects} instead of `{view.name}`")
