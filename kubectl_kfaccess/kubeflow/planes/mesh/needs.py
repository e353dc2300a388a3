"""What the answers of the mesh need to know of a cluster."""

from __future__ import annotations

from kubectl_kfaccess.rbac.model import ConfigMap
from kubectl_kfaccess.rbac.object_names import ObjectName
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot

POLICIES = "authorizationpolicies"

MESH_NEEDED = (POLICIES, "namespaces", "profiles", "configmaps")
"""The resources to read. Of ConfigMaps, only those with the settings of the mesh and of profiles are read."""


def config_maps(snapshot: Snapshot, name: ObjectName) -> tuple[ConfigMap, ...]:
    """Return the ConfigMaps with that name, in the order of their own names."""
    keys = (key for key in sorted(snapshot.config_maps) if name.fits(*key))
    return tuple(snapshot.config_maps[key] for key in keys)


def settings_gaps(snapshot: Snapshot) -> tuple[Gap, ...]:
    """Return the gaps in the settings of the mesh, which make no answer incomplete by themselves."""
    return tuple(gap for gap in snapshot.gaps if gap.is_of_settings)
