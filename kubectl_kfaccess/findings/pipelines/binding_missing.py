"""A runner that lacks the role Kubeflow intends for it, because the binding is missing."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.pipelines.view import RunnerView

TYPE = FindingType(
    id="runner-binding-missing",
    severity=Severity.ERROR,
    what="No binding gives the account, in its namespace, the role that Kubeflow intends for it.",
    why=(
        "A role grants nothing to an account that is not bound to it, so steps are denied whatever the "
        "role says."
    ),
    fix=(
        "Apply the binding that `kubectl kfaccess check -o fix` prints. In a profile, you can instead "
        "delete the stale objects and make any change to the Profile: its controller then sets up "
        "`default-editor` again."
    ),
)


def find(view: RunnerView) -> Iterator[Finding]:
    """Yield a finding if the runner lacks its role and no binding has the name that Kubeflow gives it."""
    expected = view.ungranted
    if expected and view.broken_binding is None:
        message = f"nothing binds `{view.name}` to {expected.role.kind} `{expected.role.name}`"
        yield Finding(TYPE, "RoleBinding", view.runner.namespace, expected.binding, message)
