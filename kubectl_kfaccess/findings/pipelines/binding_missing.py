"""A runner without the role that Kubeflow gives it, and without Kubeflow's binding."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.pipelines.view import RunnerView

TYPE = FindingType(
    id="runner-binding-missing",
    severity=Severity.ERROR,
    what="No binding in the namespace gives the account the role that Kubeflow means for it.",
    why="The role is there and grants nothing to the account, so steps are refused whatever the role says.",
    fix=(
        "Apply the binding that `kubectl kfaccess check -o fix` prints; in a profile, deleting the stale "
        "objects and touching the Profile lets its controller make `default-editor` again."
    ),
)


def find(view: RunnerView) -> Iterator[Finding]:
    """Yield a finding where the runner lacks its role, and no binding has the name of Kubeflow's."""
    expected = view.ungranted
    if expected and view.broken_binding is None:
        message = f"nothing binds `{view.name}` to {expected.role.kind} `{expected.role.name}`"
        yield Finding(TYPE, "RoleBinding", view.runner.namespace, expected.binding, message)
