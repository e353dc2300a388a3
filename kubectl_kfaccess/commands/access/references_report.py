"""Everything that names a subject as a report: bindings, policies and profiles, one a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from kubectl_kfaccess.output.blocks import Column, Section, Table
from kubectl_kfaccess.output.rbac_terms import CLUSTER_WIDE, subject_data
from kubectl_kfaccess.output.report import Data, Report, Response
from kubectl_kfaccess.rbac.known_subjects import Who
from kubectl_kfaccess.rbac.model import RBAC_GROUP, ClusterRoleBinding, KubernetesObject, RoleBinding, Subject
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.rbac.subjects import spelled
from kubectl_kfaccess.terminal.safe_text import part, shown

COLUMNS = (
    Column("NAMESPACE"),
    Column("OBJECT"),
    Column("ROLE"),
    Column("NAMED-AS"),
    Column("NOTE", optional=True),
)
GROUPS = {
    "RoleBinding": RBAC_GROUP,
    "ClusterRoleBinding": RBAC_GROUP,
    "AuthorizationPolicy": "security.istio.io",
    "Profile": "kubeflow.org",
}
PLURALS = {
    "RoleBinding": "rolebinding",
    "ClusterRoleBinding": "clusterrolebinding",
    "AuthorizationPolicy": "authorizationpolicy",
}

FEW = 5

# What a shell, xargs and kubectl all take for one word; a name with anything else is not printed for them
_ONE_WORD = re.compile(r"[A-Za-z0-9][-A-Za-z0-9._:@+]*")


class Mention(Protocol):
    """An object that names the subject; see kubeflow.mentions."""

    @property
    def found(self) -> KubernetesObject: ...
    @property
    def written(self) -> Subject: ...
    @property
    def other(self) -> str: ...
    @property
    def through(self) -> str: ...
    @property
    def alone(self) -> bool: ...
    @property
    def controlled(self) -> bool: ...


class Bindings(Struct, frozen=True):
    """Everything that the report says."""

    who: Who
    mentions: Sequence[Mention]
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...]

    def report(self) -> Response:
        """Return the report; `-o name` names what can be deleted when the subject leaves."""
        table = Table(COLUMNS, lambda: (Section("", [_row(one) for one in self.mentions]),))
        report = Report(
            kind="Bindings",
            blocks=(table,),
            table=table,
            head=lambda: {"subject": subject_data(self.who.subject)},
            items=lambda: (_item(one) for one in self.mentions),
            names=lambda: (_delete_line(one.found) for one in self._deletable()),
        )
        return Response(report, self.gaps, self.notes)

    def remarks(self) -> Iterator[str]:
        """Yield what must be known before anything is deleted."""
        if all(one.other for one in self.mentions):
            unread = "; not everything could be read" if self.gaps else ""
            yield f"nothing names `{spelled(self.who.subject)}`{unread}"
        yield from self._others()
        for one in self.mentions:
            name = _named(one.found)
            if one.found.kind == "Profile" and not one.other and not one.through:
                yield f"{name} is owned: deleting it deletes the namespace and all that is in it"
            elif not one.other and not one.through and not one.alone:
                yield f"{name} names others as well: take the subject out of it instead of deleting it"
            elif not _ONE_WORD.fullmatch(one.found.name):
                yield f"{name} has no name that `-o name` could write: delete it by hand"

    def _others(self) -> Iterator[str]:
        """Yield a note for each name that is not the subject's, and may be meant to be: what names it."""
        found: dict[tuple[str, str], list[str]] = {}
        for one in self.mentions:
            if one.other:
                found.setdefault((spelled(one.written), one.other), []).append(_named(one.found))
        for (name, other), objects in found.items():
            more = f" and {len(objects) - FEW:,} more" if len(objects) > FEW else ""
            yield (
                f"note: `{name}` is {other}, and somebody else: named by {', '.join(objects[:FEW])}{more};"
                " `-o name` leaves that out, so ask for that name as well"
            )

    def _deletable(self) -> Iterable[Mention]:
        return (
            one
            for one in self.mentions
            if one.alone
            and not (one.other or one.through or one.controlled)
            and one.found.kind in PLURALS
            and all(_ONE_WORD.fullmatch(text) for text in one.found.key if text)
        )


def _named(found: KubernetesObject) -> str:
    return f"{found.kind} `{'/'.join(part for part in found.key if part)}`"


def _row(one: Mention) -> tuple[str, ...]:
    found = one.found
    ref = found.role_ref if isinstance(found, (RoleBinding, ClusterRoleBinding)) else None
    return (
        shown(found.namespace) if found.namespace else CLUSTER_WIDE,
        f"{found.kind}/{part(found.name)}",
        f"{ref.kind}/{part(ref.name)}" if ref else "-",
        f"{one.written.kind} {_subject_text(one.written)}",
        _note(one),
    )


def _subject_text(subject: Subject) -> str:
    if subject.namespace:
        return f"{part(subject.namespace)}/{part(subject.name)}"
    return shown(subject.name)


def _note(one: Mention) -> str:
    said = [one.other and f"{one.other}: means somebody else", one.through and "through this group"]
    said += ["made by the profile" if one.controlled and one.found.kind != "Profile" else ""]
    said += ["" if one.alone else "names others as well"]
    return "; ".join(text for text in said if text)


def _item(one: Mention) -> Data:
    found = one.found
    ref = found.role_ref if isinstance(found, (RoleBinding, ClusterRoleBinding)) else None
    return {
        "object": {
            "group": GROUPS[found.kind], "kind": found.kind, "namespace": found.namespace, "name": found.name,
        },
        "role": {"kind": ref.kind, "name": ref.name} if ref else None,
        "namedAs": subject_data(one.written),
        "otherSpelling": bool(one.other),
        "through": one.through,
        "namesOthers": not one.alone,
    }  # fmt: skip


def _delete_line(found: KubernetesObject) -> str:
    """`TYPE.GROUP/NAME --namespace=NS`: a line of it is what `xargs -L1 kubectl delete` takes."""
    name = f"{PLURALS[found.kind]}.{GROUPS[found.kind]}/{found.name}"
    return f"{name} --namespace={found.namespace}" if found.namespace else name
