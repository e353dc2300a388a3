"""Pipelines without a namespace, which are not any tenant's."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.kubeflow.pipelines.installation import API_SERVER, Mode
from kubectl_kfaccess.kubeflow.versions import Version
from kubectl_kfaccess.rbac.model import Deployment

TYPE = FindingType(
    id="isolation-pipelines-shared",
    severity=Severity.NOTE,
    what=(
        "Kubeflow Pipelines keeps pipelines that were uploaded without a namespace for everybody. This is as "
        "the release has it."
    ),
    why=(
        "Anyone who can log in sees the definitions of these pipelines, with all that is written in them: "
        "images, parameters, addresses. Before 2.16.1 they can change and delete them, too."
    ),
    fix=(
        "Upload pipelines into a namespace. Since 2.15.0, `REQUIRE_NAMESPACE_FOR_PIPELINES=true` for the "
        "pipelines API server refuses those without one."
    ),
    references=("KFP#5925", "KFP#4197"),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield at most one finding, if pipelines run for several tenants and can be without a namespace."""
    pipelines = view.pipelines
    if pipelines and pipelines.mode is Mode.MULTI_USER and not pipelines.namespace_required:
        message = f"pipelines without a namespace are seen by all teams{_release(pipelines.version)}"
        yield Finding(TYPE, Deployment.kind, pipelines.namespace, API_SERVER, message)


def _release(version: Version | None) -> str:
    return f" (Kubeflow Pipelines {'.'.join(map(str, version.numbers[:2]))})" if version else ""
