"""Who asks, and what the tool may read for him, as a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from msgspec import Struct

from kubectl_kfaccess.output.blocks import Column, Section, Table
from kubectl_kfaccess.output.rbac_terms import CLUSTER_WIDE, name_line
from kubectl_kfaccess.output.report import Data, Report, Response
from kubectl_kfaccess.rbac.subjects import USER, Principal, displayed
from kubectl_kfaccess.terminal.safe_text import shown

COLUMNS = (Column("ATTRIBUTE"), Column("VALUE"), Column("COST", optional=True))
Right = tuple[str, str, str, bool | None, str]


class Myself(Protocol):
    """What the server says of the caller; see sources.reviewer."""

    @property
    def user(self) -> str: ...
    @property
    def uid(self) -> str: ...
    @property
    def groups(self) -> tuple[str, ...]: ...
    @property
    def extra(self) -> Mapping[str, tuple[str, ...]]: ...


class WhoAmI(Struct, frozen=True):
    """Everything that the report says; a right has verb, resource, namespace, and what its lack costs."""

    found: Myself
    namespace: str
    rights: tuple[Right, ...]

    def report(self) -> Response:
        """Return the report."""
        table = Table(COLUMNS, lambda: (Section("", [*self._identity(), *map(_row, self.rights)]),))
        report = Report(
            kind="WhoAmI",
            blocks=(table,),
            table=table,
            head=lambda: {
                "user": self.found.user,
                "uid": self.found.uid,
                "groups": list(self.found.groups),
                "extra": {key: list(values) for key, values in sorted(self.found.extra.items())},
            },
            items=lambda: (_item(right) for right in self.rights),
            names=lambda: [name_line(displayed(Principal(USER, self.found.user)))],
        )
        return Response(report)

    def _identity(self) -> Iterator[tuple[str, str, str]]:
        yield ("user", shown(self.found.user), "")
        if self.found.uid:
            yield ("uid", shown(self.found.uid), "")
        for group in self.found.groups:
            yield ("group", shown(group), "")
        for key, values in sorted(self.found.extra.items()):
            for value in values:
                yield (f"extra {shown(key)}", shown(value), "")


def _row(right: Right) -> tuple[str, str, str]:
    verb, resource, namespace, allowed, cost = right
    place = shown(namespace) if namespace else CLUSTER_WIDE
    word = {True: "yes", False: "no", None: "?"}[allowed]
    return (f"{verb} {resource} in {place}", word, "" if allowed else cost)


def _item(right: Right) -> Data:
    verb, resource, namespace, allowed, cost = right
    return {
        "verb": verb, "resource": resource, "namespace": namespace, "allowed": allowed,
        "cost": "" if allowed else cost,
    }  # fmt: skip
