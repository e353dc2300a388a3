"""Roles with which people can only view, by their name, and run code all the same."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.isolation.role_findings import where_text, who_text
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.profiles.view import few
from kubectl_kfaccess.kubeflow.versions import Versions

TYPE = FindingType(
    id="isolation-view-runs-code",
    severity=Severity.WARNING,
    what=(
        "A role of people who can only view lets them run code in the namespace, or act as one of its "
        "service accounts. It is a note if a release of Kubeflow ships the role so: up to Kubeflow "
        "Pipelines 2.17.0, `kubeflow-view` can create viewers."
    ),
    why=(
        "Code in the namespace can run as `default-editor`, which can edit everything there, and read every "
        "Secret. So view is edit, and a contributor who was to look at results can change them."
    ),
    fix=(
        "Take the permission that the step needs out of the role. `kubectl kfaccess access SUBJECT "
        "--indirect -n PROFILE` shows what it leads to. Until then, give view only to people who could "
        "have edit as well."
    ),
)

_LAST = Versions("", "2.17.0")
"""The releases of pipelines whose roles the bundled data has."""


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each role that lets viewers run code, or act as accounts, by a step."""
    sources = {source.key: source for source in view.roles.sources}
    for climb in view.viewers.climbs:
        written = (sources[key] for key, _ in view.roles.written(climb.key))
        is_shipped = _is_known(view) and not any(each.unshipped or each.kubernetes_own for each in written)
        does = "run code" if climb.runs_code else "act as service accounts"
        steps = few(step.id for step in climb.steps)
        message = f"it lets {who_text(climb.held)} with view {does} {where_text(climb.held)} by {steps}"
        role = view.roles.role(climb.key)
        if role and is_shipped:
            finding = about(role, TYPE, f"{message}, as Kubeflow ships it")
            yield replace(finding, own_severity=Severity.NOTE)
        elif role:
            yield about(role, TYPE, message)


def _is_known(view: ClusterView) -> bool:
    """Whether the release of pipelines that runs is unknown, or one whose roles the bundled data has."""
    release = view.pipelines.version if view.pipelines else None
    return release is None or _LAST.has(release)
