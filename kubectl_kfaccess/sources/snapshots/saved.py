"""A saved snapshot as a source: it answers as the cluster did when the snapshot was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import msgspec

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnreadableInput, UsageError
from kubectl_kfaccess.notes import Note, StandingNote
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion, parse_version
from kubectl_kfaccess.rbac.model import KubernetesObject, Namespace
from kubectl_kfaccess.rbac.overlay import ObjectKey
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import NOT_IN_SNAPSHOT, Gap, Snapshot, by_key
from kubectl_kfaccess.sources.cluster.access_reviews import CallerIdentity, Reviewer
from kubectl_kfaccess.sources.kinds import BY_KIND, BY_RESOURCE, KINDS, Kind, snapshot_of
from kubectl_kfaccess.sources.lists import NAMESPACE, ListAnswer, Part, read_lists
from kubectl_kfaccess.sources.snapshots.caller import SavedReviewer
from kubectl_kfaccess.sources.snapshots.document import SERVER, WRITE_ONE, Document
from kubectl_kfaccess.sources.source import (
    ClusterFacts,
    DefaultNamespace,
    LiveObject,
    ObjectAddress,
    Wanted,
)


@dataclass(frozen=True)
class SavedSource:
    """
    The objects of a cluster that `snapshot` wrote; *label* is the file's name.

    *asking* is who asks if that is not who read the cluster (`--as`), and *namespace* is that of `-n`.
    What the server answered to single access reviews is not in it. If the caller could not read everything,
    the rules that the server listed for them take their place.
    """

    document: Document
    label: str
    env: Environment
    asking: CallerIdentity | None = None
    namespace_of_flag: str = ""
    kept: dict[str, dict[tuple[str, str], KubernetesObject]] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        return self.document.origin == SERVER

    @cached_property
    def reviewer(self) -> Reviewer | None:
        rules = self.document.by.rules
        return SavedReviewer(self._by, {each.namespace: each for each in rules}) if self._is_by else None

    @property
    def _is_by(self) -> bool:
        return self.asking is None and bool(self.document.by.rules)

    @property
    def _by(self) -> CallerIdentity:
        by = self.document.by
        return CallerIdentity(by.user, by.uid, by.groups, by.extra, by.problem)

    def caller_identity(self) -> CallerIdentity | None:
        return self.asking or self._by

    def version(self) -> KubernetesVersion | None:
        return parse_version(self.document.cluster.version)

    def facts(self, *, with_uid: bool = True) -> ClusterFacts:
        cluster = self.document.cluster
        return ClusterFacts(cluster.uid, cluster.version, cluster.context, self.document.time)

    def default_namespace(self) -> DefaultNamespace:
        if self.namespace_of_flag:
            return DefaultNamespace(self.namespace_of_flag, "flag")
        cluster = self.document.cluster
        return DefaultNamespace(cluster.namespace, cluster.namespace_from)

    def place_of(self, key: ObjectKey) -> str:
        return ""

    def resource_types(self, *, again: bool = False) -> tuple[ResourceType, ...]:
        return self.document.discovery.types

    def knows_types_of(self, group: str) -> bool:
        if not self.live:
            return any(known.group == group for known in self.resource_types())
        unanswered = self.unanswered_groups()
        return unanswered is not None and group not in unanswered

    def unanswered_groups(self) -> frozenset[str] | None:
        unanswered = self.document.discovery.unanswered
        return None if unanswered is None else frozenset(unanswered)

    def namespace_exists(self, name: str) -> bool | None:
        if ("", name) in self._objects("namespaces"):
            return True
        if not NAMESPACE.fullmatch(name):
            return False
        return None if self._gap("namespaces", "") else False

    def namespace(self, name: str) -> Namespace | None:
        space = self._objects("namespaces").get(("", name))
        return space if isinstance(space, Namespace) else None

    def read(self, wanted: Wanted) -> Snapshot:
        if self.live:
            return read_lists(wanted, self._lists, self._notes)
        objects = {kind.field: self._objects(kind.resource) for kind in KINDS}
        known = snapshot_of(objects, notes=self._notes if wanted.resources else ())
        return replace(known, assumed=dict.fromkeys(self.document.assumed))

    def read_object(self, resource: str, namespace: str, name: str) -> Snapshot:
        item = self._objects(resource).get((namespace, name))
        if item is not None:
            return snapshot_of({BY_RESOURCE[resource].field: {item.key: item}})
        gap = self._gap(resource, namespace) or self._gap(resource, "")
        return Snapshot(gaps=(gap,)) if gap else Snapshot()

    def live_objects(self, addresses: Sequence[ObjectAddress]) -> list[LiveObject]:
        return [self._live_object(address) for address in addresses]

    def _live_object(self, address: ObjectAddress) -> LiveObject:
        """Return whether the snapshot has the object; it does not hold all of its content."""
        kind = BY_KIND.get((address.type.group, address.type.kind))
        if kind is None or not kind.needs(address.namespace, address.name):
            return LiveObject(None, why="snapshots do not hold such objects")
        known = self.read_object(kind.resource, address.namespace, address.name)
        if known.gaps:
            return LiveObject(None, why=known.gaps[0].reason)
        return LiveObject((address.namespace, address.name) in self._objects(kind.resource))

    @property
    def _notes(self) -> tuple[Note, ...]:
        notes = self.document.notes
        return tuple(StandingNote(note.text) if note.standing else note.text for note in notes)

    def _lists(self, parts: list[Part]) -> list[ListAnswer]:
        return [self._list(part) for part in parts]

    def _list(self, part: Part) -> ListAnswer:
        """Return the objects of a list, or the gap if it was not read."""
        gap = self._gap_in(part)
        if gap:
            return part, [], [gap]
        objects = self._objects(part.kind.resource).values()
        return part, [item for item in objects if _is_in(item, part)], []

    def _gap_in(self, part: Part) -> Gap | None:
        resource, namespace = part.kind.resource, part.namespace
        everywhere, here = self._gap(resource, ""), self._gap(resource, namespace)
        was_read = namespace in self.document.coverage.lists.get(resource, ())
        if here or not everywhere or was_read:
            return here
        return Gap(resource, namespace, f"{NOT_IN_SNAPSHOT}{everywhere.reason}", everywhere.code)

    def _gap(self, resource: str, namespace: str) -> Gap | None:
        return self._gaps.get((resource, namespace))

    @cached_property
    def _gaps(self) -> dict[tuple[str, str], Gap]:
        gaps = (Gap(g.resource, g.namespace, g.reason, g.code) for g in self.document.coverage.gaps)
        return {(gap.resource, gap.namespace): gap for gap in gaps}

    def _objects(self, resource: str) -> dict[tuple[str, str], KubernetesObject]:
        """Return the objects of a kind, which are decoded when they are first needed."""
        if resource not in self.kept:
            self.kept[resource] = self._decoded(BY_RESOURCE[resource])
        return self.kept[resource]

    def _decoded(self, kind: Kind) -> dict[tuple[str, str], KubernetesObject]:
        struct: Any = kind.struct  # known at run time only
        text = self.document.objects.get(kind.resource, b"[]")
        try:
            return by_key(msgspec.json.decode(text, type=list[struct]))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UnreadableInput(
                f"{self.label}: the snapshot is damaged: {kind.resource}: {error}", hint=f"{WRITE_ONE} anew"
            ) from error


def _is_in(item: KubernetesObject, part: Part) -> bool:
    if part.namespace and item.namespace != part.namespace:
        return False
    return part.name is None or part.name.fits(item.namespace, item.name)


def check_version_flag(version: str, label: str) -> None:
    """Raise UsageError if `--kubernetes-version` is given: a snapshot has the version of its cluster."""
    if version:
        raise UsageError(
            f"`--kubernetes-version {version}` and the snapshot `{label}` cannot be combined",
            hint="a snapshot has its cluster's own version and roles: leave the flag out",
        )
