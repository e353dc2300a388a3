"""A profile where pods can get out of their containers."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.isolation.view import TenantView
from kubectl_kfaccess.kubeflow.versions import Versions

TYPE = FindingType(
    id="isolation-pod-security",
    severity=Severity.WARNING,
    what=(
        "The namespace of a profile does not enforce the Pod Security level `baseline` or `restricted`. It "
        "is a note if the installed release is known to set no level, as those before Kubeflow 1.10 do not."
    ),
    why=(
        "Anyone who can create pods there can mount the node's files or run a privileged container, and so "
        "gets everything that runs on the node, of all tenants and of the platform."
    ),
    fix=(
        "Run `kubectl label namespace PROFILE pod-security.kubernetes.io/enforce=baseline`, after "
        "`--dry-run=server` has shown which pods are against it. New profiles get their labels from the "
        "file `namespace-labels.yaml` of the profile controller. If the API server or a policy engine "
        "enforces a level by other means, accept this finding with `--accept`."
    ),
)

_LABEL = "pod-security.kubernetes.io/enforce"
_SAFE = ("baseline", "restricted")
_WITHOUT_LEVELS = Versions("", "2.4.1")
"""The releases of pipelines in releases of Kubeflow that set no level; that of 1.10.0 is in 1.10.2, too."""


def find(view: TenantView) -> Iterator[Finding]:
    """Yield at most one finding, about the namespace if it was read."""
    namespace = view.tenant.namespace
    level = namespace.metadata.labels.get(_LABEL, "") if namespace else ""
    if namespace is None or level in _SAFE:
        return
    message = (
        f"it enforces the Pod Security level `{level}`"
        if level
        else "it enforces no Pod Security level, so pods there can get at the node"
    )
    severity = Severity.NOTE if not level and _release_sets_none(view) else None
    yield replace(about(namespace, TYPE, message), own_severity=severity, tenant=view.name)


def _release_sets_none(view: TenantView) -> bool:
    pipelines = view.cluster.pipelines
    return pipelines is not None and pipelines.version is not None and _WITHOUT_LEVELS.has(pipelines.version)
