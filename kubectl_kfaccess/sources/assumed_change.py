"""What `--with` and `--without` change on a cluster: read, and checked as the server would check it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

from msgspec import Struct, convert, to_builtins

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ErrorCode, UsageError
from kubectl_kfaccess.kubeflow.tenants.personas import made_of_profile
from kubectl_kfaccess.rbac.labels import parsed, selects
from kubectl_kfaccess.rbac.manifests import LAST_APPLIED, Manifest
from kubectl_kfaccess.rbac.model import KubernetesObject, Namespace, Profile, Subject
from kubectl_kfaccess.rbac.overlay import ObjectKey, key_of, object_of, overlay
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.files.manifests import DEFAULT_NAMESPACE
from kubectl_kfaccess.sources.files.remarks import RemarkKind, Remarks
from kubectl_kfaccess.sources.files.to_apply import (
    FileObject,
    FileObjects,
    objects_to_apply,
    objects_to_delete,
)
from kubectl_kfaccess.sources.kinds import KINDS, Kind
from kubectl_kfaccess.sources.object_words import key_in, kind_hint, kind_in
from kubectl_kfaccess.sources.source import Source, Wanted
from kubectl_kfaccess.sources.source_choice import Hypothetical

BY_STRUCT = {kind.struct.kind: kind for kind in KINDS}
"""The kinds by their own names, which keys of objects have."""


class Deletion(Struct, frozen=True):
    """An object to delete; *where* it stands in a file, "" if the user has named it."""

    key: ObjectKey
    text: str
    where: str = ""


@dataclass
class _Deletions:
    """What to delete, in the order of the flags, with the objects whose namespace is implied."""

    deleted: list[Deletion] = field(default_factory=list)
    placed: list[str] = field(default_factory=list)
    remarks: Remarks = field(default_factory=Remarks)


@dataclass(frozen=True)
class AssumedChange:
    """
    The change *hypothetical* of the cluster *present*.

    *namespace_of_flag* (of `-n`) is that of objects without one, *recursive* is for folders (`-R`).
    """

    present: Source
    hypothetical: Hypothetical
    namespace_of_flag: str = ""
    recursive: bool = False

    @cached_property
    def types(self) -> tuple[ResourceType, ...]:
        """The types that the files define."""
        return tuple(self._files.types)

    @property
    def applied(self) -> tuple[FileObject, ...]:
        """The objects that are applied, in the order of the files."""
        return self._accepted[0]

    def manifests(self, snapshot: Snapshot) -> Iterator[Manifest]:
        """Yield what is applied to *snapshot*, after a profile with what the Profile controller makes."""
        for each in self.applied:
            yield each.manifest
            owner = _owner(each)
            if owner and not self._is_taken(each.key[2], owner):
                yield from map(partial(self._kept, snapshot), made_of_profile(each.key[2], owner, snapshot))

    def _kept(self, snapshot: Snapshot, made: Manifest) -> Manifest:
        """Return what the controller makes; of a namespace it changes only its own labels and annotations."""
        if made["kind"] != Namespace.kind:
            return made
        key = (Namespace.kind, "", made["metadata"]["name"])
        live = object_of(snapshot, key)
        known = [to_builtins(live.metadata)] if live else []
        known += [each.manifest["metadata"] for each in self.applied if each.key == key]
        maps = {
            name: {**_together(each.get(name) for each in known), **made["metadata"][name]}
            for name in ("labels", "annotations")
        }
        return {**made, "metadata": {**made["metadata"], **maps}}

    @cached_property
    def gone(self) -> tuple[ObjectKey, ...]:
        """
        What is deleted then; with a profile goes its namespace, which belongs to it.

        An object of a file that is applied as well stays, as with an upgrade that prunes.
        """
        keys = tuple(each.key for each in self._deletions.deleted if not self._is_kept(each))
        return (*keys, *((Namespace.kind, "", name) for kind, _, name in keys if kind == Profile.kind))

    def pruned(self, snapshot: Snapshot) -> Iterator[ObjectKey]:
        """
        Yield what `--prune` deletes of *snapshot*.

        Mirrors prune.go of kubectl: objects that were applied, that have the labels, and that the files lack;
        in a namespace only if the files have an object there. kubectl prunes roles and bindings only where
        its allowlist names them; here, all kinds that decide on access count.
        """
        if not self.hypothetical.pruned:
            return
        kept, selector = {each.key for each in self.applied}, parsed(self.hypothetical.pruned)
        visited = {namespace for _, namespace, _ in kept}
        for kind in KINDS:
            for (namespace, name), value in getattr(snapshot, kind.field).items():
                key = (kind.struct.kind, namespace, name)
                is_here = not namespace or namespace in visited
                is_left = key not in kept and key not in snapshot.assumed and is_here
                if is_left and _is_applied(value) and selects(selector, value.metadata.labels):
                    yield key

    @cached_property
    def remarks(self) -> Remarks:
        """
        The remarks on what does not count.

        Raises UsageError if the user has named an object to delete that does not exist.
        """
        remarks = self._accepted[1].copy()
        remarks.update(self._deletions.remarks)
        for each in self._deletions.deleted:
            if not self._is_absent(each.key):
                continue
            if not each.where:
                raise UsageError(
                    f"`--without {each.text}`: there is no {object_text(each.key)}",
                    hint="name an object that exists: there would be no change otherwise",
                    code=ErrorCode.UNKNOWN_NAME,
                )
            remarks.add(RemarkKind.ABSENT, each.where, each.text)
        return remarks

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the change besides the remarks."""
        return (*self._placed_note(), *self._no_effect(), *self._profile_notes())

    def place_of(self, key: ObjectKey) -> str:
        """Return where a changed object stands in the files, "" if it does not."""
        deleted = {each.key: each.where for each in self._deletions.deleted}
        return {**deleted, **{each.key: each.where for each in self.applied}}.get(key, "")

    def has_namespace(self, name: str) -> bool | None:
        """Return whether the change leaves the namespace there; None if it does not concern it."""
        key = (Namespace.kind, "", name)
        if key in self.gone:
            return False
        return True if any(key_of(each) == key for each in self.manifests(Snapshot())) else None

    @cached_property
    def _files(self) -> FileObjects:
        paths, env = self.hypothetical.applied, self.present.env
        return objects_to_apply(paths, env, self._own_namespace, recursive=self.recursive)

    @cached_property
    def _own_namespace(self) -> str:
        """The namespace of objects that have none."""
        return self.namespace_of_flag or self.present.default_namespace().name or DEFAULT_NAMESPACE

    @cached_property
    def _accepted(self) -> tuple[tuple[FileObject, ...], Remarks]:
        """The objects whose kinds are served and whose namespaces exist in their turn, and remarks."""
        applied, remarks, made = [], self._files.remarks.copy(), set[str]()
        for each in self._files.objects:
            problem = self._unserved(each.kind) or self._unplaced(each.key[1], made)
            if problem:
                remarks.add(RemarkKind.REFUSED, each.where, f"{object_text(each.key)}, {problem}")
            else:
                applied.append(each)
            if each.key[0] in (Namespace.kind, Profile.kind):
                made.add(each.key[2])
        return tuple(applied), remarks

    def _unserved(self, kind: Kind) -> str:
        """Return why the server has no objects of *kind*, "" if it has, or if that is not known."""
        key, present = (kind.group, kind.resource), self.present
        if not kind.optional or not present.live or any(each.key == key for each in self.types):
            return ""
        is_served = any(each.key == key for each in present.resource_types())
        if is_served or not present.knows_types_of(kind.group):
            return ""
        return f"the server has no kind {kind.struct.kind} of {kind.group}"

    def _unplaced(self, namespace: str, made: set[str]) -> str:
        """Return why nothing can be in *namespace*, "" if it exists, is *made* before, or is not known."""
        if not namespace or namespace in made:
            return ""
        if namespace not in self._known_namespaces:
            self._known_namespaces[namespace] = self.present.namespace_exists(namespace)
        is_missing = self._known_namespaces[namespace] is False
        return f"there is no namespace `{namespace}`" if is_missing else ""

    @cached_property
    def _known_namespaces(self) -> dict[str, bool | None]:
        return {}

    def _is_taken(self, name: str, owner: Subject) -> bool:
        """
        Return whether the namespace exists and is not that of *owner*: then the controller makes nothing.

        Mirrors profile_controller.go ("namespace already exist, but not owned by profile creator").
        """
        if name not in self._owners:
            space = self.present.namespace(name)
            self._owners[name] = space.metadata.annotations.get("owner", "") if space else None
        return self._owners[name] not in (None, owner.name)

    @cached_property
    def _owners(self) -> dict[str, str | None]:
        """The owners in the annotations of namespaces, None for one that is not there."""
        return {}

    @cached_property
    def _deletions(self) -> _Deletions:
        known, env, namespace = _Deletions(), self.present.env, self._own_namespace
        for text in self.hypothetical.deleted:
            kind = kind_in(text)
            if kind:
                known.deleted.append(Deletion(key_in(text, kind, namespace), text))
                continue
            _check_is_file(text, env)
            files = objects_to_delete((text,), env, namespace, recursive=self.recursive)
            known.deleted += (Deletion(each.key, object_text(each.key), each.where) for each in files.objects)
            known.placed += files.placed
            known.remarks.update(files.remarks)
        return known

    def _is_kept(self, deletion: Deletion) -> bool:
        return bool(deletion.where) and any(each.key == deletion.key for each in self.applied)

    def _is_absent(self, key: ObjectKey) -> bool:
        """Return whether the object certainly does not exist when it is to be deleted."""
        kind, present = BY_STRUCT[key[0]], self.present
        if not kind.needs(*key[1:]):
            return False  # it is not read, and decides nothing
        known = present.read_object(kind.resource, *key[1:]) if present.live else present.read(Wanted(()))
        if known.gap(kind.resource, key[1]):
            return False
        applied = (each for each in self.manifests(known) if key_of(each) == key)
        return object_of(overlay(known, applied).snapshot, key) is None

    def _placed_note(self) -> Iterator[str]:
        placed = (*self._files.placed, *self._deletions.placed)
        if placed:
            text = f"{placed[0]} has" if len(placed) == 1 else f"{len(placed)} objects have"
            yield f"{text} no namespace in the files: taken for `{self._own_namespace}`, as kubectl would"

    def _no_effect(self) -> Iterator[str]:
        if self.hypothetical.applied and not (self.applied or self.types or self._accepted[1].entries):
            yield "nothing in the files of `--with` changes access"
        deletions = self._deletions
        if self.hypothetical.deleted and not (deletions.deleted or deletions.remarks.entries):
            yield "nothing in the files of `--without` changes access"

    def _profile_notes(self) -> Iterator[str]:
        """Yield what counts although it is not in the files, because a controller does it."""
        for each in self.applied:
            owner = _owner(each)
            if owner and self._is_taken(each.key[2], owner):
                problem = f"namespace `{each.key[2]}` exists and has another owner"
                text = f"{problem}, so the Profile controller makes nothing"
                yield f"{object_text(each.key)} has no effect: {text}"
            elif owner:
                made = "its namespace, accounts, bindings and policy"
                yield f"{object_text(each.key)} counts with what the Profile controller makes of it: {made}"
        for key in (each.key for each in self._deletions.deleted if each.key[0] == Profile.kind):
            yield f"{object_text(key)} counts as deleted with its namespace, and all that is in it"


def _is_applied(value: KubernetesObject) -> bool:
    """Return whether `kubectl apply` wrote the object; what is in files is there to be applied."""
    return LAST_APPLIED in value.metadata.annotations or not value.metadata.resource_version


def object_text(key: ObjectKey) -> str:
    """Return the object in words: its kind, and its name with its namespace."""
    return f"{key[0]} `{'/'.join(part for part in key[1:] if part)}`"


def _owner(applied: FileObject) -> Subject | None:
    """Return the owner of a profile, None for other objects."""
    if applied.key[0] != Profile.kind:
        return None
    spec = convert(applied.manifest, Profile).spec
    return spec.owner if spec else None


def _check_is_file(text: str, env: Environment) -> None:
    """Raise UsageError if *text* is neither a file nor the kind and the name of an object."""
    if text != "-" and not (env.cwd / text).exists():
        raise UsageError(
            f"`--without {text}`: there is no such file, and no such kind of object", hint=kind_hint(text)
        )


def _together(maps: Iterable[Mapping[str, str] | None]) -> dict[str, str]:
    return {key: text for each in maps for key, text in (each or {}).items()}
