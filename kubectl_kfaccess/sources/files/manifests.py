"""
A cluster's objects from files.

Files are complete: an object that they do not contain does not exist, so the snapshot has no gaps. Only
Kubernetes' own default roles and bindings, which every cluster has, are added and marked as assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import replace

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnreadableInput, UsageError
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.files.document import Document
from kubectl_kfaccess.sources.files.documents import documents
from kubectl_kfaccess.sources.kinds import BY_KIND, Kind, snapshot_of

DEFAULT_NAMESPACE = "default"
CRD = ("apiextensions.k8s.io", "CustomResourceDefinition")
REVIEW = ("authorization.k8s.io", "SubjectAccessReview")


@dataclass
class Manifests:
    """
    The objects in files, by field of the snapshot and key.

    *types* come from CustomResourceDefinitions; *places* is where each object was read, by field and key;
    *without_namespace* describes the objects that were put into the default namespace.
    """

    objects: dict[str, dict[tuple[str, str], KubernetesObject]] = field(default_factory=dict)
    types: list[ResourceType] = field(default_factory=list)
    places: dict[tuple[str, tuple[str, str]], str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    without_namespace: list[str] = field(default_factory=list)

    def snapshot(self) -> Snapshot:
        """Return the objects as a snapshot, without Kubernetes' defaults."""
        return snapshot_of(self.objects, notes=(*self.notes, *self._namespace_note()))

    def _namespace_note(self) -> Iterator[str]:
        if self.without_namespace:
            count = len(self.without_namespace)
            named = f"{self.without_namespace[0]} has" if count == 1 else f"{count} objects have"
            yield f"{named} no namespace in the files: taken for `{DEFAULT_NAMESPACE}`, as kubectl would"

    def add(self, kind: Kind, item: KubernetesObject, where: str) -> None:
        """Add an object that was read at *where*; it replaces one with the same name, with a note."""
        if kind.namespaced and not item.namespace:
            item = replace(item, metadata=replace(item.metadata, namespace=DEFAULT_NAMESPACE))
            self.without_namespace.append(f"{item.kind} `{item.name}`")
        place = (kind.field, item.key)
        if place in self.places:
            name = "/".join(part for part in item.key if part)
            both = f"{self.places[place]} and {where}"
            self.notes.append(f"{item.kind} `{name}` stands twice, at {both}: the later one counts")
        self.places[place] = where
        self.objects.setdefault(kind.field, {})[item.key] = item


def read(paths: Iterable[str], env: Environment, *, recursive: bool = False) -> Manifests:
    """
    Return the access-related objects in *paths*: files, directories, `-` for standard input.

    Raises UsageError if a file cannot be used, or if there is no Kubernetes object in any of them.
    """
    manifests = Manifests()
    wanted = frozenset(kind for _, kind in (*BY_KIND, CRD, REVIEW))
    count = 0
    for document in documents(paths, env, kinds=wanted, recursive=recursive, notes=manifests.notes):
        count += 1
        _add(document, manifests)
    # A server lists groups of equal priority by their names, so the order of the files does not count
    manifests.types.sort(key=lambda resource_type: resource_type.key)
    if not count:
        raise UnreadableInput(
            f"no Kubernetes object in {', '.join(f'`{path}`' for path in paths)}",
            hint="give files with roles and bindings: `kubectl get clusterroles,… -A -o yaml` writes one",
        )
    return manifests


def _add(document: Document, manifests: Manifests) -> None:
    """Add a document's object or type to *manifests*; raises UsageError for a SubjectAccessReview."""
    head = document.head()
    kind = BY_KIND.get(head.type)
    if kind:
        if head.name.startswith(kind.only):
            manifests.add(kind, document.to(kind.struct), document.where)
    elif head.type == CRD:
        manifests.types.append(_resource_type(document.to(_Definition)))
    elif head.type == REVIEW:
        raise UsageError(
            f"{document.where} is a SubjectAccessReview, not an object of the cluster",
            hint="write `review FILE` instead; `-f` is for files with roles and bindings",
        )


class _Version(msgspec.Struct):
    name: str = ""
    served: bool = True
    subresources: dict[str, Any] | None = None


class _Names(msgspec.Struct, rename="camel"):
    plural: str = ""
    singular: str = ""
    kind: str = ""
    short_names: tuple[str, ...] | None = None


class _Spec(msgspec.Struct):
    group: str = ""
    scope: str = "Namespaced"
    names: _Names = msgspec.field(default_factory=_Names)
    versions: list[_Version] | None = None


class _Definition(msgspec.Struct):
    spec: _Spec = msgspec.field(default_factory=_Spec)


def _resource_type(definition: _Definition) -> ResourceType:
    """Return the type that a CustomResourceDefinition defines, with the verbs of every custom resource."""
    spec, names = definition.spec, definition.spec.names
    subresources = {sub for version in spec.versions or () for sub in version.subresources or ()}
    return ResourceType(
        group=spec.group,
        name=names.plural,
        singular=names.singular or names.kind.lower(),
        kind=names.kind,
        short_names=names.short_names or (),
        namespaced=spec.scope != "Cluster",
        verbs=("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"),
        subresources=tuple(sorted(subresources)),
    )
