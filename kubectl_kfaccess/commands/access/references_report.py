"""The report of `access --bindings`: bindings, policies and profiles that name the subject, one per row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kubectl_kfaccess.commands.access.references import References
from kubectl_kfaccess.kubeflow.tenants.references import Mention
from kubectl_kfaccess.output.blocks import Column, Section, Table
from kubectl_kfaccess.output.rbac_terms import CLUSTER_WIDE
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.output.shapes import asked_data, object_data, role_of_binding_data, subject_data
from kubectl_kfaccess.rbac.model import (
    RBAC_GROUP,
    ClusterRoleBinding,
    KubernetesObject,
    RoleBinding,
    RoleRef,
    Subject,
)
from kubectl_kfaccess.rbac.subjects import spelled
from kubectl_kfaccess.terminal.safe_text import NOTHING, part, shown

KIND = "Bindings"
COLUMNS = (
    Column("NAMESPACE"),
    Column("OBJECT"),
    Column("ROLE"),
    Column("NAMED"),
    Column("NOTE", optional=True, rank=1, footnote=True),
)
GROUPS = {
    "RoleBinding": RBAC_GROUP,
    "ClusterRoleBinding": RBAC_GROUP,
    "AuthorizationPolicy": "security.istio.io",
    "Profile": "kubeflow.org",
}
DELETABLE = {
    "RoleBinding": "rolebinding",
    "ClusterRoleBinding": "clusterrolebinding",
    "AuthorizationPolicy": "authorizationpolicy",
}
"""The kinds that can be deleted when the subject leaves, with kubectl's names for them."""

FEW = 5

# What a shell, xargs and kubectl all read as one word; other names are not printed for them
_ONE_WORD = re.compile(r"[A-Za-z0-9][-A-Za-z0-9._:@+]*")


class _Row(NamedTuple):
    """The cells of one object, in the order of COLUMNS."""

    namespace: str
    object: str
    role: str
    named_as: str
    note: str


def references_report(value: References) -> Report:
    """Return the report; `-o name` lists the objects that can be deleted when the subject leaves."""
    table = Table(COLUMNS, lambda: (Section("", list(map(_row, value.mentions))),))
    return Report(
        kind=KIND,
        blocks=(table,),
        table=table,
        head=lambda: {"subject": asked_data(value.who)},
        items=lambda: map(_item, value.mentions),
        names=lambda: (_delete_line(mention.target) for mention in value.mentions if _is_deletable(mention)),
        remarks=tuple(_remarks(value)),
    )


def _remarks(value: References) -> Iterator[str]:
    """Yield what the user must know before deleting anything."""
    if all(mention.other for mention in value.mentions):
        unread = "; not everything could be read" if value.incomplete else ""
        yield f"nothing names `{spelled(value.who.subject)}`{unread}"
    yield from _other_names(value)
    for mention in value.mentions:
        yield from _deletion_remarks(mention)


def _other_names(value: References) -> Iterator[str]:
    """Yield a note for each name that looks like the subject's, but is not, with the objects that use it."""
    objects_by_name: dict[tuple[str, str], list[str]] = {}
    for mention in value.mentions:
        if mention.other:
            key = (spelled(mention.written), mention.other)
            objects_by_name.setdefault(key, []).append(_object_text(mention.target))
    for (name, other), objects in objects_by_name.items():
        more = f" and {len(objects) - FEW:,} more" if len(objects) > FEW else ""
        yield (
            f"note: `{name}` is {other}, and somebody else: named by {', '.join(objects[:FEW])}{more};"
            " `-o name` leaves that out, so ask for that name as well"
        )


def _deletion_remarks(mention: Mention) -> Iterator[str]:
    """Yield why the object cannot simply be deleted, if so."""
    name = _object_text(mention.target)
    is_own = not mention.other and not mention.through
    if mention.target.kind == "Profile" and is_own:
        yield f"{name} is owned: deleting it deletes the namespace and all that is in it"
    elif is_own and not mention.alone:
        yield f"{name} names others as well: take the subject out of it instead of deleting it"
    elif not _ONE_WORD.fullmatch(mention.target.name):
        yield f"{name} has no name that `-o name` could write: delete it by hand"


def _is_deletable(mention: Mention) -> bool:
    """Whether the object gives access to nobody else, and `-o name` can write its name."""
    is_own = mention.alone and not (mention.other or mention.through or mention.controlled)
    has_name = all(_ONE_WORD.fullmatch(text) for text in mention.target.key if text)
    return is_own and mention.target.kind in DELETABLE and has_name


def _object_text(obj: KubernetesObject) -> str:
    return f"{obj.kind} `{'/'.join(part for part in obj.key if part)}`"


def _role_ref(obj: KubernetesObject) -> RoleRef | None:
    return obj.role_ref if isinstance(obj, (RoleBinding, ClusterRoleBinding)) else None


def _row(mention: Mention) -> _Row:
    obj, ref = mention.target, _role_ref(mention.target)
    return _Row(
        namespace=shown(obj.namespace) if obj.namespace else CLUSTER_WIDE,
        object=f"{obj.kind}/{shown(obj.name)}",
        role=f"{ref.kind}/{shown(ref.name)}" if ref else NOTHING,
        named_as=f"{mention.written.kind} {_subject_text(mention.written)}",
        note="; ".join(_row_notes(mention)),
    )


def _subject_text(subject: Subject) -> str:
    if subject.namespace:
        return f"{part(subject.namespace)}/{part(subject.name)}"
    return shown(subject.name)


def _row_notes(mention: Mention) -> Iterator[str]:
    if mention.other:
        yield f"{mention.other}: means somebody else"
    if mention.through:
        yield "through this group"
    if mention.controlled and mention.target.kind != "Profile":
        yield "made by the profile"
    if not mention.alone:
        yield "names others as well"


def _item(mention: Mention) -> Data:
    obj = mention.target
    return {
        "object": object_data(obj),
        "group": GROUPS[obj.kind],
        "role": role_of_binding_data(obj) if isinstance(obj, (RoleBinding, ClusterRoleBinding)) else None,
        "namedAs": subject_data(mention.written),
        "otherSpelling": bool(mention.other),
        "through": mention.through,
        "namesOthers": not mention.alone,
    }  # fmt: skip


def _delete_line(obj: KubernetesObject) -> str:
    """Return `TYPE.GROUP/NAME --namespace=NS`, a line for `xargs -L1 kubectl delete`."""
    name = f"{DELETABLE[obj.kind]}.{GROUPS[obj.kind]}/{obj.name}"
    return f"{name} --namespace={obj.namespace}" if obj.namespace else name
