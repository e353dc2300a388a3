"""
What in the files was not read as it stands: one line for each kind of remark, and the gaps it leaves.

A remark on objects that could hold grants leaves gaps, so that "nobody" is never said of what was not
understood.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from kubectl_kfaccess.errors import ErrorCode
from kubectl_kfaccess.rbac.snapshot import Gap, UnreadRole
from kubectl_kfaccess.rbac.unread_roles import Labels

Place = tuple[str, str]
"""A resource and a namespace ("" for all of them) in which something is not known."""

RoleKey = tuple[str, str, str]
"""The kind, the namespace and the name ("" if it is not known) of a role."""

BINDINGS: tuple[Place, ...] = (("clusterrolebindings", ""), ("rolebindings", ""))
ACCOUNTS: Place = ("serviceaccounts", "")
EVERYTHING: tuple[Place, ...] = (*BINDINGS, ("clusterroles", ""), ("roles", ""), ACCOUNTS)


class RemarkKind(enum.Enum):
    """Why an object is not read as it stands: the words for one object, and for several ({n})."""

    REFUSED = (
        "1 object is not counted because a server refuses it",
        "{n} objects are not counted because a server refuses them",
    )
    ACCOUNT = (
        "1 ClusterRoleBinding names a service account without its namespace and is not counted",
        "{n} ClusterRoleBindings name a service account without its namespace and are not counted",
    )
    ACCOUNT_OF_FLAG = (
        "1 ClusterRoleBinding names a service account without its namespace, which is taken from `-n`",
        "{n} ClusterRoleBindings name a service account without its namespace, which is taken from `-n`",
    )
    LOOK_ALIKE = (
        "1 object looks like a role or binding and is not understood",
        "{n} objects look like roles or bindings and are not understood",
    )
    PATCH = ("1 kustomize patch is not applied", "{n} kustomize patches are not applied")
    TEMPLATE = (
        "1 document looks like a template that was not rendered",
        "{n} documents look like templates that were not rendered",
    )
    NO_ACCESS = (
        "the files hold no role and no binding, only 1 other object",
        "the files hold no role and no binding, only {n} other objects",
    )
    OPENSHIFT = (
        "1 object of OpenShift's authorization API is read as RBAC",
        "{n} objects of OpenShift's authorization API are read as RBAC",
    )
    OLD_VERSION = (
        "1 object has a version of RBAC that servers no longer serve and is read as v1",
        "{n} objects have a version of RBAC that servers no longer serve and are read as v1",
    )
    ROLE_ELSEWHERE = (
        "1 binding refers to a role that is not in the files",
        "{n} bindings refer to roles that are not in the files",
    )
    TWICE = (
        "1 object stands twice, and the later one counts",
        "{n} objects stand twice, and the later ones count",
    )
    ABSENT = (
        "1 object to delete does not exist",
        "{n} objects to delete do not exist",
    )
    NO_OBJECT = (
        "1 document is not a Kubernetes object, passed over",
        "{n} documents are not Kubernetes objects, passed over",
    )


_HINTS = {
    RemarkKind.ACCOUNT: "`-n` gives the namespace",
    RemarkKind.ROLE_ELSEWHERE: "give the files with these roles, too",
    RemarkKind.PATCH: "build first, and give the result: `kubectl kustomize … | kubectl kfaccess … -f -`",
    RemarkKind.TEMPLATE: "render first, and give the result: `helm template … | kubectl kfaccess … -f -`",
}


@dataclass
class _Entry:
    """
    The remarks of one kind: how many, the first in words, and what they leave unknown.

    *places* are lists that lack objects, *roles* are roles without their rules, with their labels.
    """

    first: str
    count: int = 0
    places: dict[Place, None] = field(default_factory=dict)
    roles: list[tuple[RoleKey, Labels]] = field(default_factory=list)


@dataclass
class Remarks:
    """The remarks on some files, by kind."""

    entries: dict[RemarkKind, _Entry] = field(default_factory=dict)

    def add(
        self,
        kind: RemarkKind,
        where: str,
        detail: str = "",
        places: Iterable[Place] = (),
        role: tuple[RoleKey, Labels] | None = None,
    ) -> None:
        """Add a remark on the object at *where*; *places*, and the rules of *role*, are unknown then."""
        entry = self.entries.setdefault(kind, _Entry(f"{where}, {detail}" if detail else where))
        entry.count += 1
        entry.places.update(dict.fromkeys(places))
        entry.roles += [role] if role else []

    def copy(self) -> Remarks:
        """Return remarks to which more can be added without changing these."""
        entries = {k: replace(e, places=dict(e.places), roles=[*e.roles]) for k, e in self.entries.items()}
        return Remarks(entries)

    def update(self, other: Remarks) -> None:
        """Add all remarks of *other*."""
        for kind, more in other.entries.items():
            entry = self.entries.setdefault(kind, _Entry(more.first))
            entry.count += more.count
            entry.places.update(more.places)
            entry.roles += more.roles

    def lines(self) -> Iterator[str]:
        """Yield one line for each kind."""
        return (_line(kind, entry) for kind, entry in self.entries.items())

    def lines_of(self, kind: RemarkKind) -> Iterator[str]:
        """Yield the line of *kind*, if there is one."""
        return (_line(kind, entry) for known, entry in self.entries.items() if known is kind)

    def gaps(self) -> Iterator[Gap]:
        """Yield what is unknown because of the remarks, with the line as the reason."""
        for kind, entry in self.entries.items():
            for place in entry.places:
                yield _gap(kind, entry, place)

    def unread_roles(self) -> dict[RoleKey, tuple[UnreadRole, ...]]:
        """Return the roles whose rules are unknown because of the remarks."""
        unread: dict[RoleKey, list[UnreadRole]] = {}
        for kind, entry in self.entries.items():
            for key, labels in entry.roles:
                place = ("clusterroles" if key[0] == "ClusterRole" else "roles", key[1])
                unread.setdefault(key, []).append(UnreadRole(labels, _gap(kind, entry, place)))
        return {key: tuple(roles) for key, roles in unread.items()}


def _gap(kind: RemarkKind, entry: _Entry, place: Place) -> Gap:
    return Gap(*place, _line(kind, entry), _CODES.get(kind, _UNREADABLE))


_UNREADABLE = ErrorCode.UNREADABLE_INPUT
_CODES = {RemarkKind.REFUSED: ErrorCode.REFUSED_OBJECT, RemarkKind.ACCOUNT: ErrorCode.REFUSED_OBJECT}


def _line(kind: RemarkKind, entry: _Entry) -> str:
    singular, plural = kind.value
    counted = singular if entry.count == 1 else plural.format(n=f"{entry.count:,}")
    place = f"at {entry.first}" if entry.count == 1 else f"the first at {entry.first}"
    hint = f" ({_HINTS[kind]})" if kind in _HINTS else ""
    return f"{counted}: {place}{hint}"
