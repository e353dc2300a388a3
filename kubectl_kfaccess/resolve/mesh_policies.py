"""
Which policies of the mesh to read for a question about certain namespaces.

A policy counts in its own namespace, and those of the mesh's root namespace count in all of them. The name of
the root namespace is a setting that is read first.
"""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.planes.mesh.needs import POLICIES
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.source import Source, Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.kubeflow.planes.mesh.settings import MeshSettings


def read_with_root(source: Source, wanted: Wanted) -> Snapshot:
    """
    Return the wanted objects; among policies also those of the root namespace, whatever it is called.

    If that is not known, all policies are read, if the caller can list them. Raises CannotAnswer and
    UsageError as `Source.read` does.
    """
    snapshot = source.read(wanted)
    if POLICIES not in wanted.resources or wanted.namespaces is None or not source.live:
        return snapshot
    root = _settings(snapshot).root
    if root and root not in wanted.namespaces:
        snapshot = _with_policies(source, snapshot, (root,))
    return snapshot if root and snapshot.authorization_policies else _with_all(source, snapshot)


def read_with_policies_of(source: Source, wanted: Wanted, namespace: str) -> Snapshot:
    """
    Return the wanted objects, but only those policies that can matter in *namespace*.

    That is all of them if the mesh's settings have to be guessed from the policies of all owners. Raises
    CannotAnswer and UsageError as `Source.read` does.
    """
    if not source.live or not namespace:
        return source.read(wanted)
    others = tuple(resource for resource in wanted.resources if resource != POLICIES)
    snapshot = source.read(replace(wanted, resources=others))
    settings = _settings(snapshot)
    known = (settings.gateway, settings.pipelines_page, settings.header, settings.prefix)
    if not settings.root or any(setting.value is None for setting in known):
        return snapshot.over(source.read(replace(wanted, resources=(POLICIES,))))
    snapshot = _with_policies(source, snapshot, (namespace, settings.root))
    return snapshot if snapshot.authorization_policies else _with_all(source, snapshot)


def _with_all(source: Source, snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with all policies if they can be listed: a mesh shows in those of any namespace."""
    everywhere = source.read(Wanted((POLICIES,)))
    return snapshot if everywhere.gaps else snapshot.over(everywhere)


def _with_policies(source: Source, snapshot: Snapshot, namespaces: tuple[str, ...]) -> Snapshot:
    return snapshot.over(source.read(Wanted((POLICIES,), tuple(dict.fromkeys(namespaces)))))


def _settings(snapshot: Snapshot) -> MeshSettings:
    # every command that reads namespaces imports this module, and only a few ask about the mesh
    from kubectl_kfaccess.kubeflow.planes.mesh.settings import mesh_settings

    return mesh_settings(snapshot)
