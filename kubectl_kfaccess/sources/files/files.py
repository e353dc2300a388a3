"""Sources that need no cluster: the user's files, and the demo cluster in the package."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.notes import Note, StandingNote
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion, parse_version
from kubectl_kfaccess.rbac.manifests import Manifest
from kubectl_kfaccess.rbac.model import RBAC_GROUP, Namespace
from kubectl_kfaccess.rbac.overlay import ObjectKey
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.cluster.access_reviews import CallerIdentity
from kubectl_kfaccess.sources.files.bundled import Defaults, defaults
from kubectl_kfaccess.sources.files.caller import caller_in_files, caller_of_flags
from kubectl_kfaccess.sources.files.documents import documents
from kubectl_kfaccess.sources.files.manifests import Manifests, read
from kubectl_kfaccess.sources.files.remarks import Remarks
from kubectl_kfaccess.sources.kinds import BY_KIND, BY_RESOURCE, KINDS, snapshot_of
from kubectl_kfaccess.sources.source import (
    ClusterFacts,
    DefaultNamespace,
    LiveObject,
    ObjectAddress,
    Wanted,
)
from kubectl_kfaccess.sources.source_choice import SourceChoice

STDIN_READ = "standard input was read once, for what decides on access"
DEMO = Path(__file__).parents[1] / "demo"
DEMO_USER, DEMO_GROUP = "you@example.com", "platform-admins"
"""Who asks the demo without `--as`: no binding names the user, who is in a group of administrators."""


@dataclass(frozen=True)
class FilesSource:
    """
    The objects in files, completed by what every cluster of a Kubernetes version has.

    *namespace_of_flag* (of `-n`) is that of objects and accounts that have none. The files of a
    *whole_cluster* lack no role: one that a binding refers to and that is not there does not exist.
    *caller* is who asks; None if nobody is named.
    """

    paths: tuple[str, ...]
    env: Environment
    recursive: bool = False
    kubernetes_version: str = ""
    namespace_of_flag: str = ""
    whole_cluster: bool = False
    caller: CallerIdentity | None = None
    live: bool = False
    reviewer: None = None

    def caller_identity(self) -> CallerIdentity | None:
        return self.caller

    def version(self) -> KubernetesVersion | None:
        return parse_version(self._defaults.version)

    def facts(self, *, with_uid: bool = True) -> ClusterFacts:
        return ClusterFacts(version=f"v{self._defaults.version}")

    def default_namespace(self) -> DefaultNamespace:
        return DefaultNamespace("", "files")

    def resource_types(self, *, again: bool = False) -> tuple[ResourceType, ...]:
        return (*self._defaults.resources, *self._manifests.types)

    def knows_types_of(self, group: str) -> bool:
        return any(known.group == group for known in self.resource_types())

    def unanswered_groups(self) -> frozenset[str] | None:
        return frozenset()

    def namespace_exists(self, name: str) -> bool | None:
        known = self._manifests.snapshot().namespaces
        return None if not known else ("", name) in known  # many files contain no Namespace at all

    def namespace(self, name: str) -> Namespace | None:
        return self._manifests.snapshot().namespaces.get(("", name))

    def place_of(self, key: ObjectKey) -> str:
        kinds = (kind for kind in KINDS if kind.struct.kind == key[0])
        places = (self._manifests.places.get((kind.field, key[1:]), "") for kind in kinds)
        return "" if self.whole_cluster else next(places, "")

    def read(self, wanted: Wanted) -> Snapshot:
        known = self._completed
        added = self._notes_on_completion if wanted.resources else ()
        gaps = tuple(gap for gap in known.gaps if wanted.covers(gap))
        return replace(known, gaps=gaps, notes=(*known.notes, *added))

    def read_object(self, resource: str, namespace: str, name: str) -> Snapshot:
        kind = BY_RESOURCE[resource]
        item = getattr(self._manifests.snapshot(), kind.field).get((namespace, name))
        return snapshot_of({kind.field: {item.key: item}}) if item else Snapshot()

    def live_objects(self, addresses: Sequence[ObjectAddress]) -> list[LiveObject]:
        return [self._live_object(address) for address in addresses]

    def _live_object(self, address: ObjectAddress) -> LiveObject:
        kind = address.type
        known = self._contents.get((kind.group, kind.kind, address.namespace, address.name))
        if known is not None:
            return LiveObject(True, known)
        return LiveObject(None, why=STDIN_READ) if "-" in self.paths else LiveObject(False)

    @cached_property
    def _contents(self) -> dict[tuple[str, str, str, str], Manifest]:
        """The objects of all kinds; none if they came from standard input, which was read already."""
        paths = () if "-" in self.paths else self.paths
        contents = {}
        namespaced = {(known.group, known.kind): known.namespaced for known in self.resource_types()}
        for document in documents(paths, self.env, recursive=self.recursive, remarks=Remarks()):
            head, metadata = document.head(), document.partial_metadata()
            where = metadata.namespace or self._manifests.own_namespace
            place = where if namespaced.get(head.type, True) else ""
            contents[head.type[0], head.kind, place, metadata.name] = document.plain()
        return contents

    @cached_property
    def _completed(self) -> Snapshot:
        """The objects, completed by the default roles and bindings, with remarks on the files as notes."""
        defaults = self._defaults.snapshot()
        own = self._manifests.snapshot()
        assumed = {key: None for key in defaults.assumed if not _has(own, key)}
        defaults = replace(defaults, assumed=assumed)
        known = own.over(defaults)
        return known if self.whole_cluster else self._manifests.with_roles_elsewhere(known)

    @cached_property
    def _notes_on_completion(self) -> tuple[Note, ...]:
        version = self._defaults.version
        assumed = f"the default roles and bindings of Kubernetes {version} were added"
        return (*_aggregation_notes(self._manifests.snapshot()), StandingNote(assumed))

    @cached_property
    def _manifests(self) -> Manifests:
        return read(self.paths, self.env, recursive=self.recursive, namespace=self.namespace_of_flag)

    @cached_property
    def _defaults(self) -> Defaults:
        return defaults(self.kubernetes_version)


def files_source(choice: SourceChoice, env: Environment) -> FilesSource:
    """Return the demo, or the files of *choice*; raises UsageError for an unknown version."""
    caller = caller_of_flags(choice.connection)
    version = choice.kubernetes_version
    if choice.demo:
        return demo(env, version, caller)
    namespace = choice.connection.namespace
    return FilesSource(choice.files, env, choice.recursive, version, namespace, caller=caller)


def demo(env: Environment, kubernetes_version: str = "", caller: CallerIdentity | None = None) -> FilesSource:
    """
    Return the demo cluster, a small multi-user Kubeflow.

    *caller* is who asks it; by default one of its administrators. Raises UsageError for an unknown version.
    """
    asking = caller or caller_in_files(DEMO_USER, (DEMO_GROUP,))
    return FilesSource(
        (str(DEMO),), env, kubernetes_version=kubernetes_version, whole_cluster=True, caller=asking
    )


def _has(snapshot: Snapshot, key: tuple[str, str, str]) -> bool:
    """Return whether the snapshot has the object with the *key* (kind, namespace, name)."""
    kind = BY_KIND[RBAC_GROUP, key[0]]
    return key[1:] in getattr(snapshot, kind.field)


def _aggregation_notes(snapshot: Snapshot) -> Iterable[Note]:
    """Yield a note if roles were aggregated here, because no server had filled them in."""
    roles = snapshot.cluster_roles.values()
    computed = sum(1 for role in roles if role.selectors and not role.metadata.resource_version)
    if computed:
        yield StandingNote(f"the rules of {computed} aggregated ClusterRoles were computed from the files")
