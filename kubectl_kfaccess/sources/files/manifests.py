"""
A cluster's objects from files.

Files are complete: an object that they do not contain does not exist. The snapshot has gaps only where
objects in them are not understood, or a server would refuse them. Kubernetes' own default roles and bindings,
which every cluster has, are added and marked as assumed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnreadableInput, UsageError
from kubectl_kfaccess.rbac.model import (
    RBAC_GROUP,
    AuthorizationPolicy,
    Binding,
    ClusterRoleBinding,
    KubernetesObject,
    Profile,
    Subject,
)
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot, is_possible
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT
from kubectl_kfaccess.rbac.validation import Metadata
from kubectl_kfaccess.sources.files.document import Document, Head, RefusedObject
from kubectl_kfaccess.sources.files.documents import documents
from kubectl_kfaccess.sources.files.look_alikes import rbac_of_openshift, resembled_kind
from kubectl_kfaccess.sources.files.rbac_objects import (
    Obstacle,
    Patch,
    is_old,
    is_plain,
    is_served,
    look_alike,
    obstacle,
    patch_of,
    wrong_type,
)
from kubectl_kfaccess.sources.files.remarks import ACCOUNTS, BINDINGS, RemarkKind, Remarks
from kubectl_kfaccess.sources.kinds import BY_KIND, KINDS, Kind, snapshot_of

DEFAULT_NAMESPACE = "default"
CRD = ("apiextensions.k8s.io", "CustomResourceDefinition")
OUR_GROUP = "kfaccess"
"""The API group of what this program writes: its answers and its snapshots."""
REVIEW = ("authorization.k8s.io", "SubjectAccessReview")
_ACCESS_KINDS = tuple(k for k in KINDS if k.group == RBAC_GROUP or k.struct in (Profile, AuthorizationPolicy))
_ACCESS_RESOURCES = frozenset(kind.resource for kind in _ACCESS_KINDS)
ACCESS = tuple(kind.field for kind in _ACCESS_KINDS)
"""The fields of the snapshot for objects that give access."""


@dataclass
class Manifests:
    """
    The objects in files, by field of the snapshot and key.

    *types* come from CustomResourceDefinitions; *places* is where each object was read, by field and key;
    *without_namespace* describes the objects that were put into *namespace* (of `-n`) or the default one.
    *remarks* are on what does not count; *others* on objects that are not about access. *generated* counts
    the objects whose names a server would make.
    """

    namespace: str = ""

    objects: dict[str, dict[tuple[str, str], KubernetesObject]] = field(default_factory=dict)
    types: list[ResourceType] = field(default_factory=list)
    places: dict[tuple[str, tuple[str, str]], str] = field(default_factory=dict)
    without_namespace: list[str] = field(default_factory=list)
    remarks: Remarks = field(default_factory=Remarks)
    others: Remarks = field(default_factory=Remarks)
    patches: list[tuple[str, Patch]] = field(default_factory=list)
    generated: int = 0

    def snapshot(self) -> Snapshot:
        """Return the objects as a snapshot, without Kubernetes' defaults."""
        remarks = self.remarks_of_all()
        notes = (*remarks.lines(), *self._namespace_note())
        known = snapshot_of(self.objects, gaps=tuple(remarks.gaps()), notes=notes)
        return dataclasses.replace(known, unread_roles=remarks.unread_roles())

    def with_roles_elsewhere(self, known: Snapshot) -> Snapshot:
        """Return *known*, these objects and the defaults, with a remark on bindings whose role it lacks."""
        remarks = Remarks()
        for bindings in (known.cluster_role_bindings, known.role_bindings):
            lacking = (binding for binding in bindings.values() if lacks_role(binding, known))
            for binding in sorted(lacking, key=lambda binding: binding.key):
                ref, name = binding.role_ref, "/".join(part for part in binding.key if part)
                detail = f"{binding.kind} `{name}` to {ref.kind} `{ref.name}`"
                remarks.add(RemarkKind.ROLE_ELSEWHERE, self._where(binding), detail)
        lines = tuple(remarks.lines())
        return dataclasses.replace(known, elsewhere="".join(lines), notes=(*known.notes, *lines))

    def _where(self, binding: Binding) -> str:
        name = "role_bindings" if binding.namespaced else "cluster_role_bindings"
        return self.places[name, binding.key]

    def remarks_of_all(self) -> Remarks:
        """Return the remarks, with those that need all objects: on patches, and on files without any."""
        remarks = self.remarks.copy()
        is_empty = not any(name in self.objects for name in ACCESS)
        for where, patch in self.patches:
            is_delete = patch.directive == "delete"
            matters = patch.kind.resource in (*_ACCESS_RESOURCES, ACCOUNTS[0])
            changes = is_empty or not is_delete or patch.key in self.objects.get(patch.kind.field, {})
            place = (patch.kind.resource, patch.key[0])
            role = None if is_delete else patch.role
            remarks.add(RemarkKind.PATCH, where, patch.detail, (place,) if matters and changes else (), role)
        if is_empty and not any(gap.resource in _ACCESS_RESOURCES for gap in remarks.gaps()):
            remarks.entries.update(self.others.entries)
        return remarks

    def _namespace_note(self) -> Iterator[str]:
        if self.without_namespace:
            count = len(self.without_namespace)
            named = f"{self.without_namespace[0]} has" if count == 1 else f"{count} objects have"
            why = "as `-n` says" if self.namespace else "as kubectl would"
            yield f"{named} no namespace in the files: taken for `{self.own_namespace}`, {why}"

    @property
    def own_namespace(self) -> str:
        """The namespace of the objects that have none."""
        return self.namespace or DEFAULT_NAMESPACE

    def add(self, kind: Kind, item: KubernetesObject, where: str) -> None:
        """Add an object that was read at *where*; it replaces one with the same name, with a note."""
        if kind.namespaced and not item.namespace:
            item = replace(item, metadata=replace(item.metadata, namespace=self.own_namespace))
            self.without_namespace.append(f"{item.kind} `{item.name}`")
        place = (kind.field, item.key)
        if place in self.places:
            name = "/".join(part for part in item.key if part)
            both = f"{self.places[place]} and {where}"
            self.remarks.add(RemarkKind.TWICE, both, f"{item.kind} `{name}`")
        self.places[place] = where
        self.objects.setdefault(kind.field, {})[item.key] = item


def read(
    paths: Iterable[str], env: Environment, *, recursive: bool = False, namespace: str = ""
) -> Manifests:
    """
    Return the access-related objects in *paths*: files, directories, `-` for standard input.

    *namespace* is that of `-n`, for objects and accounts that have none.
    Raises UsageError if a file cannot be used, or if there is no Kubernetes object in any of them.
    """
    manifests = Manifests(namespace)
    wanted = frozenset(kind for _, kind in (*BY_KIND, CRD, REVIEW, (OUR_GROUP, "Snapshot")))
    count = 0
    for document in documents(paths, env, kinds=wanted, recursive=recursive, remarks=manifests.remarks):
        count += 1
        add_document(document, manifests)
    # A server lists groups of equal priority by their names, so the order of the files does not count
    manifests.types.sort(key=lambda resource_type: resource_type.key)
    if not count and not {RemarkKind.TEMPLATE, RemarkKind.REFUSED} & manifests.remarks.entries.keys():
        raise UnreadableInput(
            f"no Kubernetes object in {', '.join(f'`{path}`' for path in paths)}",
            hint="give files with roles and bindings: `kubectl get clusterroles,… -A -o yaml` writes one",
        )
    return manifests


def lacks_role(binding: Binding, known: Snapshot) -> bool:
    """Return whether no role is known by the name in the binding's roleRef, not even a refused one."""
    ref = binding.role_ref
    if not is_possible(ref, binding.namespace) or known.role(ref, binding.namespace):
        return False
    within = binding.namespace if ref.kind == "Role" else ""
    return (ref.kind, within, ref.name) not in known.unread_roles


def add_document(document: Document, manifests: Manifests) -> None:
    """
    Add a document's object or type to *manifests*, or a remark if a server refuses it.

    Raises UsageError for a SubjectAccessReview, and for a snapshot.
    """
    head = document.head()
    kind = BY_KIND.get(head.type)
    try:
        _add_object(document, head, kind, manifests)
    except RefusedObject as error:
        if kind:
            _add_obstacle(document, wrong_type(document, kind, manifests.own_namespace, error), manifests)
        else:
            named = f"{head.kind} `{head.name}`" if head.name else f"a {head.kind}"
            manifests.remarks.add(RemarkKind.REFUSED, document.where, f"{named}, {error.reason}")


def _add_object(document: Document, head: Head, kind: Kind | None, manifests: Manifests) -> None:
    """Add a document's object or type; raises RefusedObject, and UsageError for a SubjectAccessReview."""
    if kind and kind.group == RBAC_GROUP:
        _add_rbac(document, kind, manifests)
        return
    check_not_ours(document)
    _add_other(document, head, manifests)
    if kind:
        if not kind.only or kind.needs(_namespace(document, manifests), head.name):
            _add_known(document, kind, manifests)
    elif head.type == CRD:
        manifests.types.append(type_of_definition(document))
    elif head.type == REVIEW:
        raise UsageError(
            f"{document.where} is a SubjectAccessReview, not an object of the cluster",
            hint="write `review FILE` instead; `-f` is for files with roles and bindings",
        )


def check_not_ours(document: Document) -> None:
    """Raise UsageError for a snapshot, and for anything else that this program writes."""
    head = document.head()
    if head.api_version.startswith(f"{OUR_GROUP}/"):
        raise UsageError(
            f"{document.where} is a {head.kind} of this program, and no object of a cluster",
            hint="`-f` takes a snapshot alone: as a file, not in a folder, or on standard input as `-f -`",
        )


def _namespace(document: Document, manifests: Manifests) -> str:
    """Return the namespace of an object, or the one that it gets if the file names none."""
    return document.partial_metadata().namespace or manifests.own_namespace


def _add_known(document: Document, kind: Kind, manifests: Manifests) -> None:
    """Add an object that is neither a role nor a binding, or a remark if it is a patch."""
    directive = document.patch_directive()
    if directive:
        patch = patch_of(document, kind, manifests.own_namespace, directive)
        manifests.patches.append((document.where, patch))
    else:
        manifests.add(kind, _with_name(document, document.to(kind.struct), manifests), document.where)


class _Generated(Struct):
    metadata: Metadata | None = None


def _with_name(document: Document, item: KubernetesObject, manifests: Manifests) -> KubernetesObject:
    """Return an object that has only `generateName` with a number for the rest of its name."""
    metadata = None if item.name else document.to(_Generated).metadata
    if metadata is None or not metadata.generate_name:
        return item
    manifests.generated += 1
    name = f"{metadata.generate_name}({manifests.generated})"
    return replace(item, metadata=replace(item.metadata, name=name))


def _add_rbac(document: Document, kind: Kind, manifests: Manifests) -> None:
    """Add a role or a binding, or a remark on why it does not count; raises RefusedObject."""
    item, head = document.to(kind.struct), document.head()
    if is_served(head.api_version) and (
        item.metadata.resource_version  # a server stored it, so it counts whatever is in it
        or is_plain(document, item, manifests.own_namespace)
    ):
        manifests.add(kind, item, document.where)
        return
    fills = bool(manifests.namespace)
    why_not = obstacle(document, kind, manifests.own_namespace, fills_accounts=fills)
    if isinstance(why_not, Patch):
        manifests.patches.append((document.where, why_not))
    elif why_not:
        _add_obstacle(document, why_not, manifests)
        if why_not.keeps_name:
            manifests.add(kind, replace(item, rules=()), document.where)
    else:
        if is_old(head.api_version):
            manifests.remarks.add(RemarkKind.OLD_VERSION, document.where, f"{head.kind} `{head.name}`")
        filled = _with_accounts(item, manifests.namespace)
        if filled is not item:
            detail = f"{head.kind} `{head.name}`"
            manifests.remarks.add(RemarkKind.ACCOUNT_OF_FLAG, document.where, detail)
        manifests.add(kind, _with_name(document, filled, manifests), document.where)


def _add_obstacle(document: Document, why_not: Obstacle, manifests: Manifests) -> None:
    manifests.remarks.add(why_not.kind, document.where, why_not.detail, why_not.places, why_not.role)


def _with_accounts(item: KubernetesObject, namespace: str) -> KubernetesObject:
    """Return a ClusterRoleBinding with *namespace* for accounts without one; any other *item* itself."""
    if not namespace or not isinstance(item, ClusterRoleBinding) or item.metadata.resource_version:
        return item
    if all(map(_is_placed, item.subjects)):
        return item
    subjects = tuple(
        subject if _is_placed(subject) else replace(subject, namespace=namespace) for subject in item.subjects
    )
    return replace(item, subjects=subjects)


def _is_placed(subject: Subject) -> bool:
    return subject.kind != SERVICE_ACCOUNT or bool(subject.namespace)


def _add_other(document: Document, head: Head, manifests: Manifests) -> None:
    """Add OpenShift's role or binding as RBAC, or a remark on an object that looks like one."""
    named = f"{head.kind} `{head.name}`" if head.name else f"kind `{head.kind}`"
    content = document.access_content()
    converted = rbac_of_openshift(content)
    if converted:
        manifests.remarks.add(RemarkKind.OPENSHIFT, document.where, named)
        kind = BY_KIND[RBAC_GROUP, converted["kind"]]
        _add_rbac(Document(document.where, converted), kind, manifests)
    elif resembled := resembled_kind(content):
        kind = BY_KIND[RBAC_GROUP, resembled]
        is_misspelled = head.type[0] == RBAC_GROUP
        spelling = f", which is spelled `{resembled}`" if is_misspelled else ""
        detail = f"{named} of `{head.api_version}`{spelling}"
        _add_obstacle(document, look_alike(document, kind, manifests.own_namespace, detail), manifests)
    else:
        manifests.others.add(RemarkKind.NO_ACCESS, document.where, places=BINDINGS)


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


def type_of_definition(document: Document) -> ResourceType:
    """
    Return the type that a CustomResourceDefinition defines, with the verbs of every custom resource.

    Raises RefusedObject if a field has a wrong type.
    """
    spec = document.to(_Definition).spec
    names = spec.names
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
