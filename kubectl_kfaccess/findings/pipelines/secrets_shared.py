"""Secrets that every contributor to a profile can read."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.pipelines.view import InstallationView
from kubectl_kfaccess.rbac.rules import Request

TYPE = FindingType(
    id="runner-secrets-shared",
    severity=Severity.WARNING,
    what="The role of contributors can read every Secret in the profile.",
    why=(
        "Kubeflow ships the role this way. Every contributor with `edit`, and every step of a pipeline, "
        "can read each credential that anyone keeps in the namespace, such as those for the object store "
        "and for databases."
    ),
    fix=(
        "Do not keep a Secret in a profile unless all contributors can know it. Use a cloud identity for "
        "the workload instead, or keep what only one service account should read in a separate namespace."
    ),
)


_READ_SECRETS = Request("get", resource="secrets", namespace="a-profile")


def find(view: InstallationView) -> Iterator[Finding]:
    """Yield a finding if the role of contributors grants `get` on all Secrets in a profile."""
    role = view.contributors_role
    if role and view.lets_contributors(_READ_SECRETS):
        yield about(role, TYPE, "every edit contributor, and every step, can read all secrets")
