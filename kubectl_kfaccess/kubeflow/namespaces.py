"""Which namespaces are Kubeflow's: those of profiles, and those where Kubeflow itself is installed."""

from __future__ import annotations

from kubectl_kfaccess.rbac.model import Namespace
from kubectl_kfaccess.rbac.snapshot import Snapshot

PART_OF = "app.kubernetes.io/part-of"
PROFILE = "kubeflow-profile"
INSTALLED = ("kubeflow", "kubeflow-system")
"""Where the platform's own services are: what a namespace there grants, it grants in all profiles' stead."""


def is_profile(namespace: Namespace) -> bool:
    """Whether the profile controller has labelled the namespace as a profile's."""
    return namespace.metadata.labels.get(PART_OF) == PROFILE


def profile_namespaces(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the namespaces of tenants, sorted: a Profile of that name, or the label that it gives."""
    labelled = (one.name for one in snapshot.namespaces.values() if is_profile(one))
    return tuple(sorted({*(one.name for one in snapshot.profiles.values()), *labelled}))


def kubeflow_namespaces(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the tenants' namespaces and those where Kubeflow is installed, sorted."""
    installed = (
        name for name in INSTALLED if ("", name) in snapshot.namespaces or _has_accounts(snapshot, name)
    )
    return tuple(sorted({*profile_namespaces(snapshot), *installed}))


def known_namespaces(snapshot: Snapshot) -> tuple[str, ...]:
    """Return every namespace that an object speaks of, sorted: files may hold bindings without Namespaces."""
    spoken_of = {namespace for namespace, _ in snapshot.role_bindings}
    return tuple(sorted({*(one.name for one in snapshot.namespaces.values()), *spoken_of} - {""}))


def _has_accounts(snapshot: Snapshot, namespace: str) -> bool:
    """Whether something is bound there: manifests of a release may come without their Namespace."""
    return namespace in snapshot.role_bindings_by_namespace
