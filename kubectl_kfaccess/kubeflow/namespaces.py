"""Which namespaces belong to Kubeflow: those of profiles, and those where Kubeflow itself is installed."""

from __future__ import annotations

from kubectl_kfaccess.rbac.model import Namespace
from kubectl_kfaccess.rbac.snapshot import Snapshot

PART_OF = "app.kubernetes.io/part-of"
PROFILE = "kubeflow-profile"
INSTALLED = ("kubeflow", "kubeflow-system")
"""The namespaces of the platform's own services."""


def is_profile(namespace: Namespace) -> bool:
    """Whether the namespace has the label that the profile controller sets on the namespaces of profiles."""
    return namespace.metadata.labels.get(PART_OF) == PROFILE


def profile_namespaces(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the sorted names of tenants' namespaces, which have a Profile of that name or its label."""
    labelled = (namespace.name for namespace in snapshot.namespaces.values() if is_profile(namespace))
    return tuple(sorted({*(profile.name for profile in snapshot.profiles.values()), *labelled}))


def kubeflow_namespaces(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the sorted names of tenants' namespaces and of those where Kubeflow is installed."""
    installed = (
        name for name in INSTALLED if ("", name) in snapshot.namespaces or _has_bindings(snapshot, name)
    )
    return tuple(sorted({*profile_namespaces(snapshot), *installed}))


def known_namespaces(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the sorted names of Namespaces and of bindings' namespaces: files may lack the Namespaces."""
    with_bindings = {namespace for namespace, _ in snapshot.role_bindings}
    names = {namespace.name for namespace in snapshot.namespaces.values()}
    return tuple(sorted((names | with_bindings) - {""}))


def _has_bindings(snapshot: Snapshot, namespace: str) -> bool:
    """Whether the namespace has RoleBindings: the manifests of a release may lack the Namespace itself."""
    return namespace in snapshot.role_bindings_by_namespace
