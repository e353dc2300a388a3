"""Secrets that every contributor of a profile can read."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.pipelines.view import InstallationView
from kubectl_kfaccess.rbac.rules import Request

TYPE = FindingType(
    id="runner-secrets-shared",
    severity=Severity.WARNING,
    what="The role of contributors may read all secrets of the profile.",
    why=(
        "Kubeflow ships it so. Every contributor with `edit`, and every step of a pipeline, reads each "
        "credential that anybody keeps in the namespace: those of the object store, and of databases."
    ),
    fix=(
        "Keep no secret in a profile that not all its contributors may know; use a cloud identity of the "
        "workload, or a namespace of its own for what only one service account may read."
    ),
)


_READ_SECRETS = Request("get", resource="secrets", namespace="a-profile")


def find(view: InstallationView) -> Iterator[Finding]:
    """Yield a finding where the role of contributors grants all secrets of a profile."""
    role = view.contributors_role
    if role and view.lets_contributors(_READ_SECRETS):
        yield about(role, TYPE, "every contributor with `edit`, and every step, reads all secrets")
