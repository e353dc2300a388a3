"""Pipelines that run steps as any service account of the namespace."""

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
    what="Whoever may create runs can have their steps run as any service account of the namespace.",
    why=(
        "A run names its service account, and up to release 2.17.0 the pipelines API does not ask whether "
        "the caller may use it. An account with more rights than `default-editor` in a profile is open to "
        "everybody who may `create runs` there."
    ),
    fix=(
        "Put no service account with more rights into a profile. Releases after 2.17.0 ask for the verb "
        "`use` on the account, and take a list in `ALLOWEDSERVICEACCOUNTS`."
    ),
)


_CREATE_RUNS = Request("create", "pipelines.kubeflow.org", "runs", namespace="a-profile")
_UNCHECKED = Versions("", "2.17.0")
"""The releases that do not ask whether the caller may use the account of a run."""


def find(view: InstallationView) -> Iterator[Finding]:
    """Yield a finding where pipelines ask nobody, or do not ask contributors about the accounts of runs."""
    namespace, role = view.pipelines.namespace, view.contributors_role
    if view.pipelines.mode is Mode.STANDALONE:
        message = (
            "the pipelines API asks nobody who he is here: whoever reaches it runs steps as any service"
            f" account of `{namespace}`"
        )
        yield Finding(TYPE, "Namespace", "", namespace, message)
    elif role and _is_unchecked(view.pipelines.version) and view.lets_contributors(_CREATE_RUNS):
        yield about(role, TYPE, "`create runs` means to run code as any service account of the namespace")


def _is_unchecked(version: Version | None) -> bool:
    """Whether that release is one of them, as far as it is known."""
    return version is None or _UNCHECKED.has(version)
