"""The two states that are compared: opened, read, and checked that they can be compared."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kubectl_kfaccess.commands.diff.arguments import Options
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.kubeflow.planes.mesh.needs import MESH_NEEDED
from kubectl_kfaccess.kubeflow.tenants.dashboard_annotations import dashboard_annotation
from kubectl_kfaccess.rbac.overlay import ObjectKey
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.resolve.escalation import READS
from kubectl_kfaccess.resolve.places import place_of
from kubectl_kfaccess.sources.opened import open_source
from kubectl_kfaccess.sources.overlaid import OverlaidSource, overlaid_source
from kubectl_kfaccess.sources.snapshots.opening import is_snapshot_file
from kubectl_kfaccess.sources.source import ClusterFacts, Source, Wanted

NEEDED = ("clusterroles", "clusterrolebindings", "roles", "rolebindings", *READS)
_WITH_MESH = frozenset(("AuthorizationPolicy", "ConfigMap", "Namespace", "Profile", "RoleBinding"))
"""The kinds whose change can change, or need, what the mesh answers."""


class States(Struct, frozen=True):
    """
    Both states as sources and as read: *before* and *after*.

    *is_change*: the second is the first with objects applied or deleted. *with_mesh*: policies were read.
    """

    sources: tuple[Source, Source]
    before: Snapshot
    after: Snapshot
    is_change: bool
    with_mesh: bool

    @property
    def facts(self) -> tuple[ClusterFacts, ClusterFacts]:
        """Return which clusters the two are."""
        before, after = self.sources
        return (before.facts(), after.facts())

    def place_of(self, key: ObjectKey) -> str:
        """Return where a changed object stands in files: as it is afterwards, or as it was; "" if nowhere."""
        sides = zip(reversed(self.sources), (self.after, self.before), strict=True)
        places = (place_of(source, snapshot, key) for source, snapshot in sides)
        return next(filter(None, places), "")


def read_states(options: Options, source: Source) -> States:
    """
    Return the two states.

    Raises UsageError if they cannot be compared, CannotAnswer if one cannot be read.
    """
    if options.other is None:
        return _with_change(options, source)
    other = open_source(options.other, source.env)
    wanted = Wanted((*dict.fromkeys((*NEEDED, *MESH_NEEDED)),))
    before, after = source.read(wanted), other.read(wanted)
    _check_people(options, before, after)
    return States((source, other), before, after, is_change=False, with_mesh=True)


def _with_change(options: Options, source: Source) -> States:
    """Return the first state, and the same with the change laid over it. It is read once."""
    _check_no_snapshot(options, source)
    after = overlaid_source(source, options.source._replace(hypothetical=options.change))
    with_mesh = _touches_mesh(after)
    wanted = Wanted((*dict.fromkeys((*NEEDED, *(MESH_NEEDED if with_mesh else ()))),))
    before = source.read(wanted)
    return States((source, after), before, after.changed(before, wanted), is_change=True, with_mesh=with_mesh)


def _touches_mesh(after: OverlaidSource) -> bool:
    change = after.change
    if change.hypothetical.pruned:
        return True
    keys: Iterable[ObjectKey] = (*(each.key for each in change.applied), *change.gone)
    return any(kind in _WITH_MESH for kind, _, _ in keys)


def _check_no_snapshot(options: Options, source: Source) -> None:
    """Raise UsageError if a file to apply is a snapshot of a whole cluster."""
    for path in options.change.applied:
        if is_snapshot_file(path, source.env):
            raise UsageError(
                f"`-f {path}` is a snapshot: it is a state of the cluster, and cannot be applied",
                hint=f"to compare it with the cluster: diff {path}",
            )


def _check_people(options: Options, before: Snapshot, after: Snapshot) -> None:
    """Raise UsageError if profiles have bindings in one state alone: everybody would lose everything."""
    bound = (_binds_people(before), _binds_people(after))
    if bound[0] == bound[1]:
        return
    names = (options.from_ or "the cluster", options.to or "the cluster")
    lacking, word = names[bound.index(False)], (options.from_, options.to)[bound.index(False)]
    raise UsageError(
        f"`{lacking}` binds nobody to a profile, and `{names[bound.index(True)]}` does:"
        " they are no two states of one cluster",
        hint=f"to see what applying it changes: diff -f {word}" if word else "",
    )


def _binds_people(snapshot: Snapshot) -> bool:
    """Return whether the snapshot has a profile, or a binding that the dashboard shows."""
    return bool(snapshot.profiles) or any(
        dashboard_annotation(binding) for binding in snapshot.role_bindings.values()
    )
