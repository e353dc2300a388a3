"""A cluster as it would be if objects were applied to it, or deleted from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from msgspec import Struct

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ErrorCode, UsageError
from kubectl_kfaccess.notes import Note
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion
from kubectl_kfaccess.rbac.model import Binding, Namespace, Profile, RoleRef
from kubectl_kfaccess.rbac.overlay import (
    ObjectKey,
    Overlay,
    Refusal,
    RoleRefChange,
    object_of,
    overlay,
)
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.cluster.access_reviews import CallerIdentity, Reviewer
from kubectl_kfaccess.sources.files.manifests import DEFAULT_NAMESPACE, lacks_role
from kubectl_kfaccess.sources.files.remarks import RemarkKind, Remarks
from kubectl_kfaccess.sources.files.to_apply import (
    FileObject,
    FileObjects,
    objects_to_apply,
    objects_to_delete,
)
from kubectl_kfaccess.sources.kinds import BY_RESOURCE, KINDS, Kind
from kubectl_kfaccess.sources.object_words import key_in, kind_hint, kind_in
from kubectl_kfaccess.sources.present_reviewer import PresentReviewer, only_adds
from kubectl_kfaccess.sources.source import ClusterFacts, DefaultNamespace, Source, Wanted
from kubectl_kfaccess.sources.source_choice import Hypothetical

_BY_STRUCT = {kind.struct.kind: kind for kind in KINDS}


class Deletion(Struct, frozen=True):
    """An object to delete; *where* it stands in a file, "" if the user has named it."""

    key: ObjectKey
    text: str
    where: str = ""


class Change(Struct, frozen=True):
    """What is applied and then deleted, the types that come with it, and what is to be said of it."""

    applied: tuple[FileObject, ...]
    deleted: tuple[Deletion, ...]
    types: tuple[ResourceType, ...]
    remarks: Remarks
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class OverlaidSource:
    """
    The objects of *inner*, with the change *hypothetical* laid over them.

    *namespace_of_flag* (of `-n`) is that of objects without one, *recursive* is for folders (`-R`). A role
    that is not in *files* can exist elsewhere.
    """

    inner: Source
    hypothetical: Hypothetical
    namespace_of_flag: str = ""
    recursive: bool = False
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
        return PresentReviewer.of(present, self._adds_only) if present else None

    def caller_identity(self) -> CallerIdentity | None:
        return self.inner.caller_identity()

    def version(self) -> KubernetesVersion | None:
        return self.inner.version()

    def facts(self) -> ClusterFacts:
        return self.inner.facts()

    def default_namespace(self) -> DefaultNamespace:
        return self.inner.default_namespace()

    def resource_types(self, *, again: bool = False) -> tuple[ResourceType, ...]:
        known = self.inner.resource_types(again=again)
        keys = {each.key for each in known}
        return (*known, *(each for each in self._change.types if each.key not in keys))

    def knows_types_of(self, group: str) -> bool:
        is_new = not self.live and any(each.group == group for each in self._change.types)
        return is_new or self.inner.knows_types_of(group)

    def unanswered_groups(self) -> frozenset[str] | None:
        return self.inner.unanswered_groups()

    def namespace_exists(self, name: str) -> bool | None:
        changed = self._changed_namespace(name)
        return self.inner.namespace_exists(name) if changed is None else changed

    def namespace(self, name: str) -> Namespace | None:
        return self.read_object("namespaces", "", name).namespaces.get(("", name))

    def read(self, wanted: Wanted) -> Snapshot:
        remarks = self._remarks.copy()
        snapshot = self.inner.read(wanted)
        changed = self._laid_over(snapshot, wanted)
        for refusal in changed.refused:
            remarks.add(RemarkKind.REFUSED, self._where(refusal), refusal_text(refusal))
        unread = {**snapshot.unread_roles, **remarks.unread_roles()}
        known = replace(changed.snapshot, unread_roles=unread)
        elsewhere, dropped = self._elsewhere(known, remarks)
        return replace(
            known,
            elsewhere=elsewhere,
            gaps=(*snapshot.gaps, *(gap for gap in remarks.gaps() if wanted.covers(gap))),
            notes=(
                *(note for note in snapshot.notes if note != dropped),
                *remarks.lines(),
                *self._change.notes,
            ),
        )

    def _elsewhere(self, known: Snapshot, remarks: Remarks) -> tuple[str, str]:
        """
        Return why roles that bindings refer to can exist elsewhere, and the note that no longer holds.

        Adds a remark on applied bindings whose role is not in the files.
        """
        if not self.files:
            return known.elsewhere, ""
        bindings: tuple[Binding, ...] = (*known.cluster_role_bindings.values(), *known.role_bindings.values())
        lacking = [binding for binding in bindings if lacks_role(binding, known)]
        applied = {each.key: each.where for each in self._change.applied}
        for binding in lacking:
            key = (binding.kind, *binding.key)
            if key in applied:
                detail = f"{_named(key)} to {_ref(binding.role_ref)}"
                remarks.add(RemarkKind.ROLE_ELSEWHERE, applied[key], detail)
        if not lacking:
            return "", known.elsewhere
        return known.elsewhere or next(iter(remarks.lines_of(RemarkKind.ROLE_ELSEWHERE)), ""), ""

    def read_object(self, resource: str, namespace: str, name: str) -> Snapshot:
        kind = BY_RESOURCE[resource]
        key = (kind.struct.kind, namespace if kind.namespaced else "", name)
        applied = (each.manifest for each in self._change.applied if each.key == key)
        deleted = tuple(each.key for each in self._change.deleted if _hits(each.key, key))
        return overlay(self.inner.read_object(resource, namespace, name), applied, deleted).snapshot

    def _laid_over(self, snapshot: Snapshot, wanted: Wanted) -> Overlay:
        """Return *snapshot* with that part of the change which concerns what it was read for."""
        change = self._change
        applied = (each.manifest for each in change.applied if self._is_read(each.key, wanted))
        deleted = (each.key for each in change.deleted if self._matters(each.key, wanted))
        return overlay(snapshot, applied, deleted)

    def _is_read(self, key: ObjectKey, wanted: Wanted) -> bool:
        """Return whether a snapshot that was read for *wanted* has all objects like this."""
        kind, namespace, _ = key
        by_kind = _BY_STRUCT[kind]
        if not self.live:
            return True
        if by_kind.resource not in wanted.resources:
            return False
        is_anywhere = not namespace or wanted.namespaces is None or bool(by_kind.only)
        return is_anywhere or namespace in (*(wanted.namespaces or ()), by_kind.counts_everywhere)

    def _matters(self, key: ObjectKey, wanted: Wanted) -> bool:
        """Return whether deleting the object changes what is read; with a namespace goes what is in it."""
        return key[0] == Namespace.kind or self._is_read(key, wanted)

    def _changed_namespace(self, name: str) -> bool | None:
        """Return whether the change leaves the namespace there; None if it does not concern it."""
        key = (Namespace.kind, "", name)
        if any(each.key == key for each in self._change.deleted):
            return False
        return True if any(each.key == key for each in self._change.applied) else None

    @cached_property
    def _change(self) -> Change:
        files = objects_to_apply(
            self.hypothetical.applied, self.env, self._own_namespace, recursive=self.recursive
        )
        remarks = files.remarks
        deleted, placed = self._deletions(remarks)
        applied = tuple(self._accepted(files, remarks))
        notes = (*self._placed_note((*files.placed, *placed)), *_no_effect(files, self.hypothetical, applied))
        return Change(applied, deleted, tuple(files.types), remarks, notes)

    def _accepted(self, files: FileObjects, remarks: Remarks) -> Iterator[FileObject]:
        """Yield the objects whose kinds are served and whose namespaces exist when their turn comes."""
        made: set[str] = set()
        served = {each.key for each in files.types}
        for each in files.objects:
            kind, namespace, name = each.key
            problem = self._unserved(each.kind, served) or self._unplaced(namespace, made)
            if problem:
                remarks.add(RemarkKind.REFUSED, each.where, f"{_named(each.key)}, {problem}")
            else:
                yield each
            if kind in (Namespace.kind, Profile.kind):
                made.add(name)

    def _unserved(self, kind: Kind, defined: set[tuple[str, str]]) -> str:
        if not kind.optional or not self.live or (kind.group, kind.resource) in defined:
            return ""
        is_served = any(each.key == (kind.group, kind.resource) for each in self.inner.resource_types())
        is_open = not self.inner.knows_types_of(kind.group)
        return "" if is_served or is_open else f"the server has no kind {kind.struct.kind} of {kind.group}"

    def _unplaced(self, namespace: str, made: set[str]) -> str:
        is_missing = namespace and namespace not in made and self._lacks_namespace(namespace)
        return f"there is no namespace `{namespace}`" if is_missing else ""

    def _lacks_namespace(self, name: str) -> bool:
        known = self._known_namespaces
        if name not in known:
            known[name] = self.inner.namespace_exists(name)
        return known[name] is False

    @cached_property
    def _known_namespaces(self) -> dict[str, bool | None]:
        return {}

    def _deletions(self, remarks: Remarks) -> tuple[tuple[Deletion, ...], list[str]]:
        """Return what to delete, in the order of the flags, and the objects whose namespace is implied."""
        deleted: list[Deletion] = []
        placed: list[str] = []
        for text in self.hypothetical.deleted:
            kind = kind_in(text)
            if kind:
                deleted.append(Deletion(key_in(text, kind, self._own_namespace), text))
                continue
            _check_is_file(text, self.env)
            files = objects_to_delete((text,), self.env, self._own_namespace, recursive=self.recursive)
            deleted += (Deletion(each.key, _named(each.key), each.where) for each in files.objects)
            placed += files.placed
            remarks.update(files.remarks)
        return tuple(deleted), placed

    @cached_property
    def _remarks(self) -> Remarks:
        """
        The remarks on the change, with those on objects to delete that do not exist.

        Raises UsageError if the user has named such an object.
        """
        remarks = self._change.remarks.copy()
        for each in self._change.deleted:
            if not self._is_absent(each.key):
                continue
            if not each.where:
                raise UsageError(
                    f"`--without {each.text}`: there is no {_named(each.key)}",
                    hint="name an object that exists: there would be no change otherwise",
                    code=ErrorCode.UNKNOWN_NAME,
                )
            remarks.add(RemarkKind.ABSENT, each.where, each.text)
        return remarks

    def _is_absent(self, key: ObjectKey) -> bool:
        kind = _BY_STRUCT[key[0]]
        if not kind.needs(*key[1:]):
            return False  # it is not read, and decides nothing
        known = self.inner.read_object(kind.resource, *key[1:]) if self.live else self.inner.read(Wanted(()))
        applied = (each.manifest for each in self._change.applied if each.key == key)
        return not _has_gap(known, kind, key[1]) and object_of(overlay(known, applied).snapshot, key) is None

    def _adds_only(self) -> bool:
        """Return whether the change takes no access away, whatever else the cluster has."""
        if self._change.deleted:
            return False
        keys = {each.key: each.kind for each in self._change.applied}
        for key, kind in keys.items():
            before = self.inner.read_object(kind.resource, *key[1:])
            after = self.read_object(kind.resource, *key[1:])
            if before.gaps or not only_adds(object_of(before, key), object_of(after, key)):
                return False
        return True

    @cached_property
    def _own_namespace(self) -> str:
        """The namespace of objects that have none."""
        return self.namespace_of_flag or self.inner.default_namespace().name or DEFAULT_NAMESPACE

    def _placed_note(self, placed: tuple[str, ...]) -> Iterator[str]:
        if placed:
            text = f"{placed[0]} has" if len(placed) == 1 else f"{len(placed)} objects have"
            yield f"{text} no namespace in the files: taken for `{self._own_namespace}`, as kubectl would"

    def _where(self, refusal: Refusal) -> str:
        return next((each.where for each in self._change.applied if each.key == refusal.key), "")


def _hits(deleted: ObjectKey, key: ObjectKey) -> bool:
    """Return whether the object *key* goes with the object *deleted*."""
    return deleted == key or (deleted[0] == Namespace.kind and deleted[2] == key[1])


def _no_effect(
    files: FileObjects, hypothetical: Hypothetical, applied: tuple[FileObject, ...]
) -> Iterator[str]:
    if hypothetical.applied and not (applied or files.types or files.remarks.entries):
        yield "nothing in the files of `--with` changes access"


def _check_is_file(text: str, env: Environment) -> None:
    """Raise UsageError if *text* is neither a file nor the kind and the name of an object."""
    if text != "-" and not (env.cwd / text).exists():
        raise UsageError(
            f"`--without {text}`: there is no such file, and no such kind of object", hint=kind_hint(text)
        )


def refusal_text(refusal: Refusal) -> str:
    """Return the object that a server refuses, and why."""
    named = _named(refusal.key)
    if isinstance(refusal, RoleRefChange):
        existing, wanted = _ref(refusal.existing), _ref(refusal.wanted)
        return f"{named}, its roleRef is {existing} and cannot be changed to {wanted}"
    first = refusal.problems[0]
    return f"{named}, {first.path}: {first.text}"


def _ref(ref: RoleRef) -> str:
    return f"{ref.kind} `{ref.name}`"


def _named(key: ObjectKey) -> str:
    return f"{key[0]} `{'/'.join(part for part in key[1:] if part)}`"


def _has_gap(snapshot: Snapshot, kind: Kind, namespace: str) -> bool:
    return snapshot.gap(kind.resource, namespace) is not None
