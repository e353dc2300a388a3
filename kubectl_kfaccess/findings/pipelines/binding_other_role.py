"""Kubeflow's binding for the runner, which refers to another role."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.pipelines.view import RunnerView

TYPE = FindingType(
    id="runner-binding-other-role",
    severity=Severity.ERROR,
    what="The binding that Kubeflow makes for the account is there, but refers to another role.",
    why=(
        "A roleRef cannot be changed, so neither an upgrade nor the profile controller repairs it: the "
        "controller reports an error for the Profile each time, and the account has the other role's rules."
    ),
    fix=(
        "Delete the binding and have it made again, by the profile controller or from the release's "
        "manifests."
    ),
)


def find(view: RunnerView) -> Iterator[Finding]:
    """Yield a finding where the runner lacks its role, and Kubeflow's binding grants another one."""
    expected, binding = view.ungranted, view.broken_binding
    if expected and binding and binding.role_ref != expected.role:
        ref = binding.role_ref
        yield about(binding, TYPE, f"grants {ref.kind} `{ref.name}` instead of `{expected.role.name}`")
