"""A bundle of manifests, completed by what the cluster knows: types, namespaces, which objects exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.catalogue.resources import resource_types
from kubectl_kfaccess.rbac.bundle_object import BundleObject
from kubectl_kfaccess.rbac.manifests import Manifest
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.unchanged import is_unchanged
from kubectl_kfaccess.sources.files.bundle import BundleDocument
from kubectl_kfaccess.sources.files.manifests import DEFAULT_NAMESPACE
from kubectl_kfaccess.sources.source import LiveObject, ObjectAddress, Source

EVERYWHERE = frozenset(("default", "kube-system", "kube-public", "kube-node-lease"))
"""The namespaces that every cluster has."""


class Bundle(Struct, frozen=True):
    """
    The objects, and what is known of their surroundings.

    *namespaces* says which of theirs exist (None: not known). *unserved* are the keys of the types that only
    definitions of the bundle know. *contents* are those of existing objects, by their numbers from 0 on.
    """

    objects: tuple[BundleObject, ...]
    namespaces: dict[str, bool | None]
    unserved: frozenset[tuple[str, str]]
    contents: dict[int, Manifest] = {}


def resolve_bundle(documents: Sequence[BundleDocument], source: Source, flag: str) -> Bundle:
    """
    Return the bundle of *documents*; *flag* is the namespace of `-n`, which objects must not contradict.

    Raises CannotAnswer if the cluster cannot be addresses.
    """
    served = _served(source, documents)
    defined = {(d.defines.group, d.defines.kind): d.defines for d in documents if d.defines}
    known = {**defined, **served}
    default = flag or source.default_namespace().name or DEFAULT_NAMESPACE
    objects = [_object(document, known, default, flag) for document in documents]
    unserved = frozenset(kind.key for kind in defined.values()) - {kind.key for kind in served.values()}
    live_ones = _live(objects, documents, unserved, source)
    contents = {number: live.content for number, live in enumerate(live_ones) if live.content}
    places = dict.fromkeys(each.namespace for each in objects if each.namespace)
    namespaces = {name: name in EVERYWHERE or source.namespace_exists(name) for name in places}
    for each, live in zip(objects, live_ones, strict=True):
        if live.exists and each.namespace and namespaces[each.namespace] is None:
            namespaces[each.namespace] = True
    completed = tuple(_completed(*pair) for pair in zip(objects, live_ones, strict=True))
    return Bundle(completed, namespaces, unserved, contents)


def _served(source: Source, documents: Iterable[BundleDocument]) -> dict[tuple[str, str], ResourceType]:
    """Return the types of the cluster by group and kind; without a server, those of the catalogue too."""
    types = _by_kind(source.resource_types())
    wanted = {(document.group, document.kind) for document in documents}
    if source.live and not wanted <= types.keys():
        types = _by_kind(source.resource_types(again=True))  # the cache may be older than a definition
    return types if source.live else {**_by_kind(resource_types()), **types}


def _by_kind(types: Iterable[ResourceType]) -> dict[tuple[str, str], ResourceType]:
    """Return *types* by group and kind; the first of a kind counts, as in kubectl."""
    known: dict[tuple[str, str], ResourceType] = {}
    for kind in types:
        if not kind.virtual:
            known.setdefault((kind.group, kind.kind), kind)
    return known


def _object(
    document: BundleDocument, known: dict[tuple[str, str], ResourceType], default: str, flag: str
) -> BundleObject:
    kind = known.get((document.group, document.kind))
    is_placed = kind is None or kind.namespaced
    namespace = (document.namespace or default) if is_placed else ""
    return BundleObject(
        document.api_version,
        document.kind,
        namespace,
        document.name,
        document.file,
        document.line,
        _placed(document.manifest, namespace) if kind and kind.namespaced else document.manifest,
        kind,
        document.generate_name,
        document.defines,
        elsewhere=flag if flag and is_placed and namespace != flag else "",
        is_defaulted=is_placed and not document.namespace,
    )


def _placed(manifest: Manifest, namespace: str) -> Manifest:
    metadata = manifest.get("metadata")
    return {
        **manifest,
        "metadata": {**(metadata if isinstance(metadata, dict) else {}), "namespace": namespace},
    }


def _live(
    objects: Sequence[BundleObject],
    documents: Sequence[BundleDocument],
    unserved: frozenset[tuple[str, str]],
    source: Source,
) -> list[LiveObject]:
    """Return whether each object exists; one of a kind that no server has yet does not."""
    addresses = {
        number: ObjectAddress(each.type, document.version, each.namespace, each.name)
        for number, (each, document) in enumerate(zip(objects, documents, strict=True))
        if each.type and each.name and each.type.key not in unserved
    }
    read = dict(zip(addresses, source.live_objects([*addresses.values()]), strict=True))
    return [read.get(number, LiveObject(False)) for number in range(len(objects))]


def _completed(each: BundleObject, live: LiveObject) -> BundleObject:
    unchanged = bool(live.exists and live.content and is_unchanged(live.content, each.manifest))
    exists = live.exists if each.type else None
    is_read = live.content is not None
    return replace(
        each, exists=exists, unchanged=unchanged, why=live.why, is_served=live.is_served, is_read=is_read
    )
