"""
The objects that files would change: to be applied, as plain data, or to be deleted, by their keys.

What is not understood leaves the same remarks and gaps as in the files of `-f`. What a server would refuse
leaves a remark alone, because it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnreadableInput
from kubectl_kfaccess.rbac.manifests import Manifest, manifest_of
from kubectl_kfaccess.rbac.model import RBAC_GROUP
from kubectl_kfaccess.rbac.overlay import ObjectKey, key_of
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.sources.files.document import Document, RefusedObject
from kubectl_kfaccess.sources.files.documents import documents
from kubectl_kfaccess.sources.files.manifests import CRD, Manifests, add_document, check_not_ours
from kubectl_kfaccess.sources.files.rbac_objects import Patch, is_old, is_served, obstacle
from kubectl_kfaccess.sources.files.remarks import RemarkKind, Remarks
from kubectl_kfaccess.sources.kinds import BY_KIND, KINDS, Kind

_OF_SERVERS = (RemarkKind.REFUSED, RemarkKind.ACCOUNT)
"""The obstacles that depend on the object as the server merges it."""


class FileObject(Struct, frozen=True):
    """An object of a file, read at *where*; its manifest has a name and, if it needs one, a namespace."""

    where: str
    kind: Kind
    manifest: Manifest

    @property
    def key(self) -> ObjectKey:
        """Return the object's key in a snapshot."""
        return key_of(self.manifest)


@dataclass
class FileObjects:
    """
    The objects that decide on access, in the order of the files, and the types that the files define.

    *namespace* is that of objects without one; *placed* describes these objects. *remarks* are on what is not
    understood or refused.
    """

    namespace: str
    objects: list[FileObject] = field(default_factory=list)
    types: list[ResourceType] = field(default_factory=list)
    placed: list[str] = field(default_factory=list)
    remarks: Remarks = field(default_factory=Remarks)


def objects_to_apply(
    paths: Sequence[str], env: Environment, namespace: str, *, recursive: bool = False
) -> FileObjects:
    """Return the objects in *paths*; raises UsageError if a file cannot be used."""
    known = FileObjects(namespace)
    others = Manifests(namespace, remarks=known.remarks)
    for document in _documents(paths, env, known, recursive=recursive):
        kind = BY_KIND.get(document.head().type)
        try:
            if kind is None or not _is_whole(document, kind, known):
                add_document(document, others)
            else:
                _place(document, kind, document.plain(), known)
        except RefusedObject as error:
            known.remarks.add(RemarkKind.REFUSED, document.where, f"{_named(document)}, {error.reason}")
    known.types += others.types
    known.objects += _converted(others)
    known.remarks = others.remarks_of_all()
    known.remarks.entries.pop(RemarkKind.NO_ACCESS, None)
    return known


def objects_to_delete(
    paths: Sequence[str], env: Environment, namespace: str, *, recursive: bool = False
) -> FileObjects:
    """Return the objects in *paths*, of which only the names count; raises UsageError."""
    known = FileObjects(namespace)
    for document in _documents(paths, env, known, recursive=recursive):
        kind = BY_KIND.get(document.head().type)
        check_not_ours(document)
        if kind:
            part = document.partial_metadata()
            metadata = {"name": part.name, "namespace": part.namespace}
            _place(document, kind, {"kind": kind.struct.kind, "metadata": metadata}, known)
    return known


def _documents(
    paths: Sequence[str], env: Environment, known: FileObjects, *, recursive: bool
) -> Iterator[Document]:
    """Yield the documents in *paths*; raises UnreadableInput if there are none."""
    wanted = frozenset(kind for _, kind in (*BY_KIND, CRD))
    count = 0
    for document in documents(paths, env, kinds=wanted, recursive=recursive, remarks=known.remarks):
        count += 1
        yield document
    if paths and not count and not known.remarks.entries:
        raise UnreadableInput(f"no Kubernetes object in {', '.join(f'`{path}`' for path in paths)}")


def _converted(others: Manifests) -> Iterator[FileObject]:
    """Yield the objects of another API that were read as RBAC."""
    for kind in KINDS:
        for key, item in others.objects.get(kind.field, {}).items():
            yield FileObject(others.places[kind.field, key], kind, manifest_of(item))


def _is_whole(document: Document, kind: Kind, known: FileObjects) -> bool:
    """
    Return whether an object can be applied as it stands: it is no patch, no template, of a version we know.

    Raises RefusedObject if a server has no such version, or a field has a wrong type.
    """
    _ = document.to(kind.struct)
    if kind.group != RBAC_GROUP:
        return not document.patch_directive()
    version = document.head().api_version
    if is_old(version):
        raise RefusedObject(f"{document.where}: ", f"no server serves {version} any more")
    why_not = obstacle(document, kind, known.namespace, fills_accounts=False)
    return is_served(version) and not (
        isinstance(why_not, Patch) or (why_not and why_not.kind not in _OF_SERVERS)
    )


def _place(document: Document, kind: Kind, manifest: Manifest, known: FileObjects) -> None:
    """Add an object, with its namespace, or a remark if it has no name."""
    metadata = manifest.get("metadata") or {}
    name = metadata.get("name")
    if not name:
        # kubectl apply: "cannot use generate name with apply"
        why = "with `generateName`, which `kubectl apply` cannot use" if metadata.get("generateName") else ""
        detail = f"a {kind.struct.kind} {why or 'without a name'}"
        known.remarks.add(RemarkKind.REFUSED, document.where, detail)
        return
    if kind.namespaced and not metadata.get("namespace"):
        known.placed.append(f"{kind.struct.kind} `{name}`")
        metadata = {**metadata, "namespace": known.namespace}
    if kind.needs(metadata.get("namespace") or "", name):
        known.objects.append(FileObject(document.where, kind, {**manifest, "metadata": metadata}))


def _named(document: Document) -> str:
    head = document.head()
    return f"{head.kind} `{head.name}`" if head.name else f"a {head.kind}"
