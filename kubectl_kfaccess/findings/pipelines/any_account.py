"""Pipelines whose steps can run as any service account in the namespace."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.pipelines.view import InstallationView
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode
from kubectl_kfaccess.kubeflow.versions import Version, Versions
from kubectl_kfaccess.rbac.rules import Request

TYPE = FindingType(
    id="runner-any-account",
    severity=Severity.WARNING,
    what="Anyone who can create runs can have their steps run as any service account in the namespace.",
    why=(
        "A run names its service account, and releases up to 2.17.0 do not check whether the caller can "
        "use that account. If a profile has an account with more rights than `default-editor`, everyone "
        "who can `create runs` there can use those rights."
    ),
    fix=(
        "Keep service accounts with more rights out of profiles. Releases after 2.17.0 check the verb "
        "`use` on the service account, and accept a list of accounts in `ALLOWEDSERVICEACCOUNTS`."
    ),
)


_CREATE_RUNS = Request("create", "pipelines.kubeflow.org", "runs", namespace="a-profile")
_UNCHECKED = Versions("", "2.17.0")
"""The releases that do not check whether the caller can use the service account that a run names."""


def find(view: InstallationView) -> Iterator[Finding]:
    """Yield a finding if the API authenticates nobody, or if contributors can run steps as any account."""
    namespace, role = view.pipelines.namespace, view.contributors_role
    if view.pipelines.mode is Mode.STANDALONE:
        message = (
            "the pipelines API does not authenticate callers here: anyone who can reach it can run steps"
            f" as any service account in `{namespace}`"
        )
        yield Finding(TYPE, "Namespace", "", namespace, message)
    elif role and _is_unchecked(view.pipelines.version) and view.lets_contributors(_CREATE_RUNS):
        yield about(role, TYPE, "anyone who can create runs can run code as any account of the namespace")


def _is_unchecked(version: Version | None) -> bool:
    """Whether that release does not check the account; an unknown release (None) counts as unchecked."""
    return version is None or _UNCHECKED.has(version)
