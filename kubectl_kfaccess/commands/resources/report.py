"""The catalogue as a report, in the columns of `kubectl api-resources`."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.output.blocks import Column, Section, Table
from kubectl_kfaccess.output.report import Data, Report, Response
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.terminal.safe_text import shown

COLUMNS = (
    Column("NAME"),
    Column("SHORTNAMES"),
    Column("APIGROUP"),
    Column("NAMESPACED"),
    Column("KIND"),
    Column("AREA"),
    Column("SERVED"),
    Column("VIRTUAL"),
    Column("VERBS", wide=True),
    Column("NOTE", wide=True),
)


class Row(Struct, frozen=True):
    """One resource of the catalogue: as the cluster serves it, else as the catalogue knows it."""

    area: str
    type: ResourceType
    subresource: str
    verbs: tuple[str, ...]
    served: bool
    virtual: bool
    note: str

    @property
    def name(self) -> str:
        return f"{self.type.name}/{self.subresource}" if self.subresource else self.type.name


class Resources(Struct, frozen=True):
    """Everything that the report says."""

    rows: tuple[Row, ...]

    def report(self) -> Response:
        """Return the report."""
        table = Table(COLUMNS, lambda: (Section("", [_row(one) for one in self.rows]),))
        report = Report(
            kind="Resources",
            blocks=(table,),
            table=table,
            items=lambda: (_item(one) for one in self.rows),
            names=lambda: (shown(f"{one.name}.{one.type.group}".rstrip(".")) for one in self.rows),
        )
        return Response(report)


def _row(one: Row) -> tuple[str, ...]:
    return (
        shown(one.name),
        ",".join(shown(name) for name in one.type.short_names),
        shown(one.type.group) if one.type.group else "",
        str(one.type.namespaced).lower(),
        shown(one.type.kind) if one.type.kind else "",
        one.area,
        "yes" if one.served else "no",
        "yes" if one.virtual else "no",
        ",".join(one.verbs),
        one.note,
    )


def _item(one: Row) -> Data:
    return {
        "area": one.area,
        "group": one.type.group,
        "resource": one.type.name,
        "subresource": one.subresource,
        "kind": one.type.kind,
        "shortNames": list(one.type.short_names),
        "namespaced": one.type.namespaced,
        "verbs": list(one.verbs),
        "served": one.served,
        "virtual": one.virtual,
        "note": one.note,
    }
