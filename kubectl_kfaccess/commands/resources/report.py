"""The report of `resources`: the catalogue in the columns of `kubectl api-resources`."""

from __future__ import annotations

from kubectl_kfaccess.commands.resources.answer import KnownCalls, KnownResource
from kubectl_kfaccess.commands.resources.arguments import KIND, Options
from kubectl_kfaccess.commands.resources.calls_report import calls_report
from kubectl_kfaccess.output.blocks import Column, Headline, Section, Table
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.terminal.safe_text import shown
from kubectl_kfaccess.terminal.words import counted

COLUMNS = (
    Column("NAME"),
    Column("SHORTNAMES", rank=3),
    Column("APIGROUP"),
    Column("NAMESPACED"),
    Column("KIND", rank=1),
    Column("AREA"),
    Column("SERVED"),
    Column("VIRTUAL", rank=2),
    Column("VERBS", wide=True),
    Column("NOTE", wide=True),
)


def report(value: tuple[KnownResource, ...] | KnownCalls, _options: Options) -> Report:
    """Return the report on resources, or on calls."""
    if isinstance(value, KnownCalls):
        return calls_report(value)
    table = Table(COLUMNS, lambda: (Section("", [_row(known) for known in value]),))
    return Report(
        kind=KIND,
        blocks=(_headline(value), table),
        table=table,
        items=lambda: (_item(known) for known in value),
        names=lambda: (shown(f"{known.name}.{known.type.group}".rstrip(".")) for known in value),
    )


def _headline(resources: tuple[KnownResource, ...]) -> Headline:
    served = sum(1 for known in resources if known.served)
    return Headline(f"{counted(len(resources), 'resource')}, {served} of them served here")


def _row(known: KnownResource) -> tuple[str, ...]:
    return (
        shown(known.name),
        ",".join(shown(name) for name in known.type.short_names),
        shown(known.type.group) if known.type.group else "",
        str(known.type.namespaced).lower(),
        shown(known.type.kind) if known.type.kind else "",
        known.area,
        "yes" if known.served else "no",
        "yes" if known.virtual else "no",
        ",".join(known.verbs),
        known.note,
    )


def _item(known: KnownResource) -> Data:
    return {
        "area": known.area,
        "group": known.type.group,
        "resource": known.type.name,
        "subresource": known.subresource,
        "kind": known.type.kind,
        "shortNames": list(known.type.short_names),
        "namespaced": known.type.namespaced,
        "verbs": list(known.verbs),
        "served": known.served,
        "virtual": known.virtual,
        "note": known.note,
    }
