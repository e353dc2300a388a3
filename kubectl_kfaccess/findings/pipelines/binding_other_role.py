"""Kubeflow's binding for the runner, if it refers to another role."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.pipelines.view import RunnerView

TYPE = FindingType(
    id="runner-binding-other-role",
    severity=Severity.ERROR,
    what="The binding that Kubeflow creates for the account exists, but refers to a different role.",
    why=(
        "The role of an existing binding cannot be changed, so neither an upgrade nor the profile "
        "controller repairs it. The controller reports an error for the Profile each time, and the account "
        "has the rules of the other role."
    ),
    fix=(
        "Delete the binding. Then let the profile controller create it again, or apply it from the "
        "manifests of the release."
    ),
)


def find(view: RunnerView) -> Iterator[Finding]:
    """Yield a finding if the runner lacks its role and Kubeflow's binding grants another one."""
    expected, binding = view.ungranted, view.broken_binding
    if expected and binding and binding.role_ref != expected.role:
        ref = binding.role_ref
        yield about(binding, TYPE, f"grants {ref.kind} `{ref.name}` instead of `{expected.role.name}`")
