"""A role that Kubeflow binds the runner to but that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.pipelines.view import RunnerView

TYPE = FindingType(
    id="runner-role-missing",
    severity=Severity.ERROR,
    what="The role that Kubeflow binds the account to does not exist.",
    why=(
        "Kubernetes accepts a binding to a role that does not exist, but the binding grants nothing. Every "
        "step that calls the Kubernetes API is denied."
    ),
    fix=(
        "Apply the role again from the manifests of the release, or apply the one that `kubectl kfaccess "
        "check -o fix` prints."
    ),
)


def find(view: RunnerView) -> Iterator[Finding]:
    """Yield a finding if the role in Kubeflow's binding certainly does not exist."""
    expected, namespace = view.runner.expected, view.runner.namespace
    if expected is None:
        return
    ref = expected.role
    if view.snapshot.role(ref, namespace) is None and not view.snapshot.gap_for_role(ref, namespace):
        message = f"RoleBinding `{namespace}/{expected.binding}` is to grant it, and it does not exist"
        yield Finding(TYPE, ref.kind, namespace if ref.kind == "Role" else "", ref.name, message)
