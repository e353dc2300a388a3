"""The report of `whoami`: who the server says you are, and what this tool can read as you."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.whoami.answer import Right, WhoAmI
from kubectl_kfaccess.commands.whoami.arguments import KIND, Options
from kubectl_kfaccess.output.blocks import Column, Section, Table
from kubectl_kfaccess.output.rbac_terms import CLUSTER_WIDE, name_line
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.rbac.subjects import USER, Principal, displayed
from kubectl_kfaccess.sources.cluster.access_reviews import CallerIdentity
from kubectl_kfaccess.terminal.safe_text import shown

COLUMNS = (Column("ATTRIBUTE"), Column("VALUE"), Column("COST", optional=True, prose=True))


def report(value: WhoAmI, _options: Options) -> Report:
    """Return the report."""
    myself = value.myself
    rows = [*_identity(myself), *map(_row, value.rights)]
    table = Table(COLUMNS, lambda: (Section("", rows),))
    return Report(
        kind=KIND,
        blocks=(table,),
        table=table,
        head=lambda: _identity_data(myself),
        items=lambda: map(_item, value.rights),
        names=lambda: [name_line(displayed(Principal(USER, myself.user)))],
    )


def _identity(myself: CallerIdentity) -> Iterator[tuple[str, str, str]]:
    yield ("user", shown(myself.user), "")
    if myself.uid:
        yield ("uid", shown(myself.uid), "")
    for group in myself.groups:
        yield ("group", shown(group), "")
    for key, values in sorted(myself.extra.items()):
        for value in values:
            yield (f"extra {shown(key)}", shown(value), "")


def _identity_data(myself: CallerIdentity) -> Data:
    return {
        "user": myself.user,
        "uid": myself.uid,
        "groups": list(myself.groups),
        "extra": {key: list(values) for key, values in sorted(myself.extra.items())},
    }


def _row(right: Right) -> tuple[str, str, str]:
    place = shown(right.namespace) if right.namespace else CLUSTER_WIDE
    word = {True: "yes", False: "no", None: "?"}[right.allowed]
    name = f"/{right.name}" if right.name else ""
    return (f"{right.verb} {right.resource}{name} in {place}", word, _cost(right))


def _item(right: Right) -> Data:
    return {
        "verb": right.verb,
        "resource": right.resource,
        "namespace": right.namespace,
        "name": right.name,
        "allowed": right.allowed,
        "cost": _cost(right),
    }


def _cost(right: Right) -> str:
    return "" if right.allowed else right.cost
