"""Roles and bindings in files, as a server would see them: counted, or passed over with a remark."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec import field

from kubectl_kfaccess.rbac.model import (
    RBAC_GROUP,
    ClusterRole,
    ClusterRoleBinding,
    KubernetesObject,
    Role,
    RoleBinding,
)
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT
from kubectl_kfaccess.rbac.unread_roles import Labels
from kubectl_kfaccess.rbac.validation import Candidate, PlainBinding, Problem, is_plain_object, problems
from kubectl_kfaccess.sources.files.document import Document, PartialMetadata, RefusedObject
from kubectl_kfaccess.sources.files.remarks import EVERYTHING, Place, RemarkKind, RoleKey
from kubectl_kfaccess.sources.kinds import Kind

_SERVED, _OLD = f"{RBAC_GROUP}/v1", (f"{RBAC_GROUP}/v1beta1", f"{RBAC_GROUP}/v1alpha1")


class Obstacle(NamedTuple):
    """
    Why an object is not counted: the kind of remark, the words for this object, what is unknown then.

    A *role* is given by its key and its labels, None if these are not known. An object that *keeps_name* is
    kept without its rules: there are findings on what is wrong with it.
    """

    kind: RemarkKind
    detail: str
    places: tuple[Place, ...]
    role: tuple[RoleKey, Labels] | None = None
    keeps_name: bool = False


class Patch(NamedTuple):
    """A kustomize patch: what it does (`delete`), and the object that it is about."""

    directive: str
    kind: Kind
    key: tuple[str, str]
    detail: str
    role: tuple[RoleKey, Labels] | None


class _Found(Candidate, rename="camel"):
    """A role or binding as a file has it."""

    api_version: str | None = ""
    patch: Any = field(default=None, name="$patch")


def obstacle(
    document: Document, kind: Kind, namespace: str, *, fills_accounts: bool
) -> Obstacle | Patch | None:
    """
    Return why a role or binding is not counted, None if it is; raises RefusedObject for a wrong type.

    *namespace* is that of objects without one, and, if *fills_accounts*, of accounts without one.
    """
    candidate = document.to(_Found)
    metadata = candidate.metadata
    own = (metadata.namespace if metadata else "") or namespace
    place = (kind.resource, own if kind.namespaced else "")
    name = (metadata.name if metadata else "") or ""
    detail = f"{kind.struct.kind} `{name}`" if name else f"a {kind.struct.kind} without a name"
    role = _unread_role(kind, place[1], name, (metadata.labels if metadata else None) or {})
    if candidate.patch is not None:
        return Patch(str(candidate.patch), kind, (place[1], name), detail, role)
    if candidate.api_version != _SERVED and candidate.api_version not in _OLD:
        return Obstacle(RemarkKind.LOOK_ALIKE, f"{detail} of `{candidate.api_version}`", (place,), role)
    if _is_template(candidate):
        return Obstacle(RemarkKind.TEMPLATE, detail, EVERYTHING)
    if candidate.is_stored:
        return None
    if fills_accounts:
        _fill_accounts(candidate, namespace)
    reasons = tuple(problems(kind.struct.kind, candidate, own))
    if any(problem.path == "metadata.labels" for problem in reasons):
        role = _unread_role(kind, place[1], name, None)
    return _refusal(reasons, candidate, kind, detail, place, role) if reasons else None


def is_plain(document: Document, item: KubernetesObject, namespace: str) -> bool:
    """
    Return whether a quick look shows that an object of RBAC v1 counts; `obstacle` decides on the others.

    Most objects of large files are plain. *namespace* is that of an object without one.
    """
    if not document.lacks_texts(b"{{", b"$patch", b"generateName") or not is_plain_object(item, namespace):
        return False
    if not isinstance(item, (RoleBinding, ClusterRoleBinding)):
        return True
    try:
        document.to(PlainBinding)
    except RefusedObject:
        return False
    return True


def wrong_type(document: Document, kind: Kind, namespace: str, error: RefusedObject) -> Obstacle:
    """Return the obstacle of an object of *kind* in which a field has a wrong type, as *error* says."""
    known = document.partial_metadata()
    place = (kind.resource, _place(known, kind, namespace))
    name = f"{kind.struct.kind} `{known.name}`" if known.name else f"a {kind.struct.kind}"
    role = _unread_role(kind, place[1], known.name, known.labels)
    return Obstacle(RemarkKind.REFUSED, f"{name}, {error.reason}", (place,), role)


def look_alike(document: Document, kind: Kind, namespace: str, detail: str) -> Obstacle:
    """Return the obstacle of an object that looks like one of *kind*."""
    known = document.partial_metadata()
    place = (kind.resource, _place(known, kind, namespace))
    return Obstacle(
        RemarkKind.LOOK_ALIKE, detail, (place,), _unread_role(kind, place[1], known.name, known.labels)
    )


def patch_of(document: Document, kind: Kind, namespace: str, directive: str) -> Patch:
    """Return the patch that an object of *kind* is, whose `$patch` is *directive*."""
    known = document.partial_metadata()
    key = (_place(known, kind, namespace), known.name)
    return Patch(directive, kind, key, f"{kind.struct.kind} `{known.name}`", None)


def _place(known: PartialMetadata, kind: Kind, namespace: str) -> str:
    """Return the namespace in which an object is missing, "" if it can be any."""
    if not kind.namespaced or known.namespace is None:
        return ""
    return known.namespace or namespace


def _unread_role(kind: Kind, namespace: str, name: str, labels: Labels) -> tuple[RoleKey, Labels] | None:
    is_role = kind.struct in (Role, ClusterRole)
    return ((kind.struct.kind, namespace, name), labels) if is_role else None


def is_served(api_version: str) -> bool:
    """Return whether servers of today have this version."""
    return api_version == _SERVED


def is_old(api_version: str) -> bool:
    """Return whether an object of this version is read as v1, though no server serves it any more."""
    return api_version in _OLD


def _refusal(
    reasons: tuple[Problem, ...],
    candidate: _Found,
    kind: Kind,
    detail: str,
    place: Place,
    role: tuple[RoleKey, Labels] | None,
) -> Obstacle:
    """Return the obstacle of an object that a server refuses; accounts without namespace are told apart."""
    accounts = {
        f"subjects[{index}].namespace"
        for index, subject in enumerate(candidate.subjects or ())
        if subject.kind == SERVICE_ACCOUNT
    }
    if kind.struct.kind == "ClusterRoleBinding" and all(problem.path in accounts for problem in reasons):
        return Obstacle(RemarkKind.ACCOUNT, detail, (place,))
    first = reasons[0]
    keeps_name = all(problem.path.startswith("aggregationRule") for problem in reasons)
    return Obstacle(RemarkKind.REFUSED, f"{detail}, {first.path}: {first.text}", (place,), role, keeps_name)


def _fill_accounts(candidate: _Found, namespace: str) -> None:
    for subject in candidate.subjects or ():
        if subject.kind == SERVICE_ACCOUNT and not subject.namespace:
            subject.namespace = namespace


def _is_template(candidate: _Found) -> bool:
    """Return whether a name holds `{{`, which a server would take for a part of the name."""
    ref, metadata = candidate.role_ref, candidate.metadata
    names = [metadata.name, metadata.namespace] if metadata else []
    names += [ref.name] if ref else []
    names += [name for subject in candidate.subjects or () for name in (subject.name, subject.namespace)]
    return any(name and "{{" in name for name in names)
