"""A cluster as it would be if objects were applied to it, or deleted from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion
from kubectl_kfaccess.rbac.model import Binding, Namespace, RoleRef
from kubectl_kfaccess.rbac.overlay import (
    ObjectKey,
    Overlay,
    Refusal,
    RoleRefChange,
    key_of,
    object_of,
    overlay,
)
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.assumed_change import BY_STRUCT, AssumedChange, object_text
from kubectl_kfaccess.sources.cluster.access_reviews import CallerIdentity, Reviewer
from kubectl_kfaccess.sources.files.manifests import lacks_role
from kubectl_kfaccess.sources.files.remarks import RemarkKind, Remarks
from kubectl_kfaccess.sources.kinds import BY_KIND, BY_RESOURCE
from kubectl_kfaccess.sources.present_reviewer import PresentReviewer, only_adds
from kubectl_kfaccess.sources.source import (
    ClusterFacts,
    DefaultNamespace,
    LiveObject,
    ObjectAddress,
    Source,
    Wanted,
)
from kubectl_kfaccess.sources.source_choice import SourceChoice


@dataclass(frozen=True)
class OverlaidSource:
    """The objects of *inner*, with a change laid over them; *files* can lack roles that exist elsewhere."""

    inner: Source
    change: AssumedChange
    files: bool = False

    @property
    def env(self) -> Environment:
        return self.inner.env

    @property
    def live(self) -> bool:
        return self.inner.live

    @cached_property
    def reviewer(self) -> Reviewer | None:
        present = self.inner.reviewer
        return PresentReviewer(present, self._adds_only) if present else None

    def caller_identity(self) -> CallerIdentity | None:
        return self.inner.caller_identity()

    def version(self) -> KubernetesVersion | None:
        return self.inner.version()

    def facts(self, *, with_uid: bool = True) -> ClusterFacts:
        return self.inner.facts(with_uid=with_uid)

    def default_namespace(self) -> DefaultNamespace:
        return self.inner.default_namespace()

    def resource_types(self, *, again: bool = False) -> tuple[ResourceType, ...]:
        known = self.inner.resource_types(again=again)
        keys = {each.key for each in known}
        return (*known, *(each for each in self.change.types if each.key not in keys))

    def knows_types_of(self, group: str) -> bool:
        is_new = not self.live and any(each.group == group for each in self.change.types)
        return is_new or self.inner.knows_types_of(group)

    def unanswered_groups(self) -> frozenset[str] | None:
        return self.inner.unanswered_groups()

    def namespace_exists(self, name: str) -> bool | None:
        changed = self.change.has_namespace(name)
        return self.inner.namespace_exists(name) if changed is None else changed

    def namespace(self, name: str) -> Namespace | None:
        return self.read_object("namespaces", "", name).namespaces.get(("", name))

    def place_of(self, key: ObjectKey) -> str:
        return self.change.place_of(key) or self.inner.place_of(key)

    def read(self, wanted: Wanted) -> Snapshot:
        return self.changed(self.inner.read(wanted), wanted)

    def changed(self, snapshot: Snapshot, wanted: Wanted) -> Snapshot:
        """Return *snapshot*, which was read of the cluster for *wanted*, with the change laid over it."""
        remarks = self.change.remarks.copy()
        changed = self._laid_over(snapshot, wanted)
        for refusal in changed.refused:
            remarks.add(RemarkKind.REFUSED, self._where(refusal), refusal_text(refusal))
        unread = {**snapshot.unread_roles, **remarks.unread_roles()}
        known = self._with_roles_elsewhere(replace(changed.snapshot, unread_roles=unread), remarks)
        return replace(
            known,
            gaps=(*known.gaps, *(gap for gap in remarks.gaps() if wanted.covers(gap))),
            notes=(*known.notes, *remarks.lines(), *self.change.notes, *self._unread(snapshot, wanted)),
        )

    def read_object(self, resource: str, namespace: str, name: str) -> Snapshot:
        kind = BY_RESOURCE[resource]
        key = (kind.struct.kind, namespace if kind.namespaced else "", name)
        applied = (each for each in self.change.manifests(Snapshot()) if key_of(each) == key)
        deleted = tuple(each for each in self.change.gone if _takes(each, key))
        return overlay(self.inner.read_object(resource, namespace, name), applied, deleted).snapshot

    def live_objects(self, addresses: Sequence[ObjectAddress]) -> list[LiveObject]:
        present = self.inner.live_objects(addresses)
        return [self._changed(*pair) for pair in zip(addresses, present, strict=True)]

    def _changed(self, address: ObjectAddress, present: LiveObject) -> LiveObject:
        """Return whether the object exists after the change."""
        kind = BY_KIND.get((address.type.group, address.type.kind))
        if kind is None:
            return present
        key = (kind.struct.kind, address.namespace, address.name)
        if any(_takes(gone, key) for gone in self.change.gone):
            return LiveObject(False)
        is_applied = any(key_of(each) == key for each in self.change.manifests(Snapshot()))
        return LiveObject(True) if is_applied else present

    def _laid_over(self, snapshot: Snapshot, wanted: Wanted) -> Overlay:
        """Return *snapshot* with that part of the change which concerns what it was read for."""
        applied = (each for each in self.change.manifests(snapshot) if self._is_read(key_of(each), wanted))
        # with a namespace goes what is in it, whether namespaces were read or not
        gone = (*self.change.gone, *self.change.pruned(snapshot))
        deleted = (key for key in gone if key[0] == Namespace.kind or self._is_read(key, wanted))
        return overlay(snapshot, applied, deleted)

    def _is_read(self, key: ObjectKey, wanted: Wanted) -> bool:
        """Return whether a snapshot that was read for *wanted* has the object, if it exists."""
        kind, namespace = BY_STRUCT[key[0]], key[1]
        if not self.live:
            return True
        if kind.resource not in wanted.resources:
            return False
        is_anywhere = not namespace or wanted.namespaces is None or bool(kind.only)
        return is_anywhere or namespace in (*(wanted.namespaces or ()), kind.counts_everywhere)

    def _unread(self, snapshot: Snapshot, wanted: Wanted) -> Iterator[str]:
        """Yield the objects that are applied although it is not known what they replace."""
        for each in self.change.applied:
            is_hidden = snapshot.gap(each.kind.resource, each.key[1]) and not object_of(snapshot, each.key)
            if is_hidden and self._is_read(each.key, wanted):
                yield f"{object_text(each.key)} is taken for new: it could not be read whether it exists"

    def _with_roles_elsewhere(self, known: Snapshot, remarks: Remarks) -> Snapshot:
        """
        Return *known* with what it says of roles that are not in the files, for the changed objects.

        Adds a remark on applied bindings whose role is not in the files.
        """
        if not self.files:
            return known
        bindings: tuple[Binding, ...] = (*known.cluster_role_bindings.values(), *known.role_bindings.values())
        lacking = [binding for binding in bindings if lacks_role(binding, known)]
        if not lacking:  # the files lacked roles that the change brings
            return replace(known, elsewhere="", notes=tuple(n for n in known.notes if n != known.elsewhere))
        self._remark_on_roles(lacking, remarks)
        lines = remarks.lines_of(RemarkKind.ROLE_ELSEWHERE)
        return replace(known, elsewhere=known.elsewhere or next(lines, ""))

    def _remark_on_roles(self, lacking: Iterable[Binding], remarks: Remarks) -> None:
        applied = {each.key: each.where for each in self.change.applied}
        for binding in lacking:
            key = (binding.kind, *binding.key)
            if key in applied:
                detail = f"{object_text(key)} to {_role_text(binding.role_ref)}"
                remarks.add(RemarkKind.ROLE_ELSEWHERE, applied[key], detail)

    def _adds_only(self) -> bool:
        """Return whether the change takes no access away, whatever else the cluster has."""
        if self.change.gone or self.change.hypothetical.pruned:
            return False
        kinds = {key_of(each): BY_STRUCT[each["kind"]] for each in self.change.manifests(Snapshot())}
        for key, kind in kinds.items():
            before = self.inner.read_object(kind.resource, *key[1:])
            after = self.read_object(kind.resource, *key[1:])
            if before.gaps or not only_adds(object_of(before, key), object_of(after, key)):
                return False
        return True

    def _where(self, refusal: Refusal) -> str:
        """Return where the object is in the files; a controller's own objects are in none."""
        places = (each.where for each in self.change.applied if each.key == refusal.key)
        return next(places, "what the Profile controller makes")


def overlaid_source(present: Source, choice: SourceChoice) -> OverlaidSource:
    """Return the source *present* with the change of *choice*; its files are read when it is first used."""
    change = AssumedChange(present, choice.hypothetical, choice.connection.namespace, choice.recursive)
    return OverlaidSource(present, change, bool(choice.files))


def refusal_text(refusal: Refusal) -> str:
    """Return the object that a server refuses, and why."""
    named = object_text(refusal.key)
    if isinstance(refusal, RoleRefChange):
        existing, wanted = _role_text(refusal.existing), _role_text(refusal.wanted)
        return f"{named}, its roleRef is {existing} and cannot be changed to {wanted}"
    first = refusal.problems[0]
    return f"{named}, {first.path}: {first.text}"


def _takes(deleted: ObjectKey, key: ObjectKey) -> bool:
    """Return whether the object *key* goes with the object *deleted*."""
    return deleted == key or (deleted[0] == Namespace.kind and deleted[2] == key[1])


def _role_text(ref: RoleRef) -> str:
    return f"{ref.kind} `{ref.name}`"
