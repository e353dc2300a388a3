"""Objects to apply: RBAC's as plain data, and read again as values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import convert

from kubectl_kfaccess.rbac.model import (
    RBAC_GROUP,
    ClusterRole,
    ClusterRoleBinding,
    KubernetesObject,
    Role,
    RoleBinding,
    Subject,
)
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT

Manifest = dict[str, Any]
"""An object to apply, as plain data."""

KINDS: dict[str, type[KubernetesObject]] = {
    kind.kind: kind for kind in (Role, ClusterRole, RoleBinding, ClusterRoleBinding)
}
"""What RBAC reads."""

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""The annotation in which `kubectl apply` keeps the manifest that it applied."""


def rbac_manifest(
    kind: str, name: str, namespace: str, *, labels: dict[str, str] | None = None, **rest: Any
) -> Manifest:
    """Return a role or a binding, a namespaced one where there is a namespace."""
    metadata = {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        **({"labels": labels} if labels else {}),
    }
    return {"apiVersion": f"{RBAC_GROUP}/v1", "kind": kind, "metadata": metadata, **rest}


def subject_manifest(subject: Subject) -> Manifest:
    """Return a subject as the server wants it in a binding."""
    if subject.kind == SERVICE_ACCOUNT:
        return {"kind": subject.kind, "name": subject.name, "namespace": subject.namespace}
    return {"kind": subject.kind, "apiGroup": RBAC_GROUP, "name": subject.name}


def rbac_objects(manifests: Iterable[Manifest]) -> Iterator[KubernetesObject]:
    """Yield what RBAC reads of *manifests*."""
    return (convert(one, KINDS[one["kind"]]) for one in manifests if one["kind"] in KINDS)
