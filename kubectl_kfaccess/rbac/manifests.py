"""Objects to apply, as plain data."""

from __future__ import annotations

from typing import Any

from msgspec import to_builtins

from kubectl_kfaccess.rbac.model import RBAC_GROUP, KubernetesObject, ServiceAccount, Subject
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT

Manifest = dict[str, Any]
"""An object to apply: the keys and values of its YAML."""

KINDS = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
"""The kinds of RBAC."""

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""The annotation in which `kubectl apply` keeps the manifest that it applied."""


def rbac_manifest(
    kind: str, name: str, namespace: str, *, labels: dict[str, str] | None = None, **rest: Any
) -> Manifest:
    """Return a role or a binding; without a *namespace*, one of the whole cluster."""
    metadata = {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        **({"labels": labels} if labels else {}),
    }
    return {"apiVersion": f"{RBAC_GROUP}/v1", "kind": kind, "metadata": metadata, **rest}


def subject_manifest(subject: Subject) -> Manifest:
    """Return *subject* as a binding has to name it (upstream: ValidateRoleBindingSubject)."""
    if subject.kind == SERVICE_ACCOUNT:
        return {"kind": subject.kind, "name": subject.name, "namespace": subject.namespace}
    return {"kind": subject.kind, "apiGroup": RBAC_GROUP, "name": subject.name}


def manifest_of(value: KubernetesObject) -> Manifest:
    """Return the manifest of a role, a binding or a service account, without owners and what is empty."""
    data: Manifest = to_builtins(value)
    # an owner needs its uid, which is not read
    metadata = {k: entry for k, entry in data.pop("metadata").items() if entry and k != "ownerReferences"}
    if "roleRef" in data:
        data["roleRef"] = {"apiGroup": RBAC_GROUP, **data["roleRef"]}
        data["subjects"] = [_with_group(subject) for subject in data.get("subjects", [])]
    version = "v1" if isinstance(value, ServiceAccount) else f"{RBAC_GROUP}/v1"
    return {"apiVersion": version, "kind": value.kind, "metadata": metadata, **data}


def _with_group(subject: dict[str, Any]) -> dict[str, Any]:
    return subject if subject["kind"] == SERVICE_ACCOUNT else {"apiGroup": RBAC_GROUP, **subject}
