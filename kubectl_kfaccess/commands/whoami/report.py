"""The report of `whoami`: who the server says you are, and what this tool can read as you."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.whoami.answer import WhoAmI
from kubectl_kfaccess.commands.whoami.arguments import KIND, Options
from kubectl_kfaccess.commands.whoami.consequences import Consequence
from kubectl_kfaccess.commands.whoami.permissions import permissions_text
from kubectl_kfaccess.commands.whoami.rights import Right
from kubectl_kfaccess.commands.whoami.summary import Summary, consequence_rows
from kubectl_kfaccess.output.blocks import Block, Code, Column, Headline, Labelled, Notes, Section, Table
from kubectl_kfaccess.output.rbac_terms import CLUSTER_WIDE, name_line
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.output.standing_text import standing_texts
from kubectl_kfaccess.rbac.subjects import USER, Principal, displayed
from kubectl_kfaccess.sources.cluster.access_reviews import CallerIdentity
from kubectl_kfaccess.terminal.safe_text import listed, shown

MOST_GROUPS = 5
"""The largest number of groups in the first line."""
COLUMNS = (Column("ATTRIBUTE"), Column("VALUE"), Column("COST", optional=True, prose=True))


def report(value: WhoAmI, options: Options) -> Report:
    """Return the report: in brief what can be read, and in `-o wide` every right that was asked about."""
    myself = value.myself
    rows = [*_identity(myself), *map(_row, value.rights)]
    table = Table(COLUMNS, lambda: (Section("", rows),))
    is_fix = options.output.format == "fix"
    fix = permissions_text(myself.user, value.rights) if is_fix else ""
    return Report(
        kind=KIND,
        blocks=(_headline(value), *(_brief_blocks(value) if options.output.format == "table" else (table,))),
        table=table,
        head=lambda: _head(value),
        items=lambda: map(_item, value.rights),
        names=lambda: [name_line(displayed(Principal(USER, myself.user)))],
        fix=Code((fix,), "yaml") if fix else None,
        conclusion="nothing is missing: you can read everything" if is_fix and not fix else "",
    )


def _headline(value: WhoAmI) -> Headline:
    myself = value.myself
    groups = [*map(listed, myself.groups)]
    more = f" and {len(groups) - MOST_GROUPS} more" if len(groups) > MOST_GROUPS else ""
    word = "group" if len(groups) == 1 else "groups"
    where = f", in {word} {', '.join(groups[:MOST_GROUPS])}{more}" if groups else ""
    return Headline(f"you are {shown(myself.user)}{where}{_standings_text(value)}")


def _standings_text(value: WhoAmI) -> str:
    """Return what the caller is to namespaces, as the end of a sentence."""
    *first, last = [*standing_texts(value.standings, is_caller=True)] or [""]
    joined = f"{', '.join(first)} and {last}" if first else last
    return f"; you {joined}" if joined else ""


def _brief_blocks(value: WhoAmI) -> Iterator[Block]:
    summary = Summary(value.rights, value.namespace)
    parts = (
        ("can read", summary.can_read()),
        ("cannot read", summary.cannot_read()),
        ("not known", summary.not_known()),
    )
    rights = [(label, text) for label, text in parts if text]
    yield Table((Column("RIGHT"), Column("WHAT", prose=True)), lambda: (Section("", rights),), headers=False)
    rows = [*consequence_rows(value.consequences, value.namespace)]
    columns = (Column("COMMAND"), Column("ANSWER", prose=True))
    yield Labelled("so", (Table(columns, lambda: (Section("", rows),), headers=False),), column=5)
    yield Notes(("Each right, and what is lost without it: -o wide",))


def _identity(myself: CallerIdentity) -> Iterator[tuple[str, str, str]]:
    yield ("user", shown(myself.user), "")
    if myself.uid:
        yield ("uid", shown(myself.uid), "")
    for group in myself.groups:
        yield ("group", shown(group), "")
    for key, values in sorted(myself.extra.items()):
        for value in values:
            yield (f"extra {shown(key)}", shown(value), "")


def _head(value: WhoAmI) -> Data:
    myself = value.myself
    return {
        "user": myself.user,
        "uid": myself.uid,
        "groups": list(myself.groups),
        "extra": {key: list(values) for key, values in sorted(myself.extra.items())},
        "namespaces": [
            {
                "namespace": name,
                "relation": standing.relation.key if standing.relation else "other",
                "level": standing.level.value,
            }
            for name, standing in sorted(value.standings.items())
        ],
        "commands": [_consequence_data(each) for each in value.consequences],
    }


def _consequence_data(consequence: Consequence) -> Data:
    return {
        "command": consequence.command,
        "complete": consequence.is_complete,
        "answers": consequence.answers,
        "lacks": list(consequence.lacks),
        "unread": list(consequence.unread),
    }


def _row(right: Right) -> tuple[str, str, str]:
    place = shown(right.namespace) if right.namespace else CLUSTER_WIDE
    word = {True: "yes", False: "no", None: "?"}[right.allowed]
    name = f"/{right.name}" if right.name else ""
    return (f"{right.verb} {right.resource}{name} in {place}", word, right.cost)


def _item(right: Right) -> Data:
    return {
        "verb": right.verb,
        "group": right.group,
        "resource": right.resource,
        "namespace": right.namespace,
        "name": right.name,
        "allowed": right.allowed,
        "cost": right.cost,
    }
