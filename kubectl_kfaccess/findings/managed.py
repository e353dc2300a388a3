"""Who manages the objects that findings are about."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.kubeflow.managers import manager_of
from kubectl_kfaccess.rbac.overlay import object_of
from kubectl_kfaccess.rbac.snapshot import Snapshot


def with_manager(finding: Finding, snapshot: Snapshot) -> Finding:
    """Return the finding with who manages its object; as it is if that does not exist, or nobody does."""
    target = object_of(snapshot, (finding.kind, finding.namespace, finding.name))
    manager = manager_of(target) if target else None
    return replace(finding, manager=manager) if manager else finding
