"""The access table of `--all-subjects`: what it is made of, and what leaves rows of it open."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.access.arguments import Options
from kubectl_kfaccess.commands.access.selection import selected_resources
from kubectl_kfaccess.commands.access.table import AccessTable
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.resolve.namespaces import Scope
from kubectl_kfaccess.resolve.people import people_in
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.terminal.words import counted

DEMO = "demo"
"""What the column `cluster` says of the demo."""
SELF_NOTE = "`access` without a subject says more about yourself: it asks the server"


def table_answer(options: Options, source: Source, scope: Scope) -> Answer:
    """
    Return what the access table is made of; its rows are made while they are written.

    Raises UsageError if the cluster has none of the resources, UnreadableInput if `--people` cannot be read.
    """
    selection = selected_resources(options, source, scope.snapshot)
    people = people_in(options.subject.people, source.env)
    cluster = options.cluster or (DEMO if options.source.demo else source.facts().context)
    table = AccessTable(cluster, scope.snapshot, selection.resources, scope.namespaces, people)
    gaps = tuple(sorted({*selection.gaps, *_gaps(scope)}))
    return Answer(
        table,
        ExitStatus.CANNOT_ANSWER if gaps or scope.partial or _is_open(table) else ExitStatus.OK,
        remarks=(*scope.remarks, *(people.notes if people else ()), *_strangers(table)),
        gaps=gaps,
        notes=(*selection.notes, *_self_note(source, gaps), *scope.snapshot.notes),
    )


def _gaps(scope: Scope) -> tuple[Gap, ...]:
    """Return the gaps that can hide rows, or leave them open."""
    return Evaluator(scope.snapshot).gaps(scope.namespaces)


def _self_note(source: Source, gaps: tuple[Gap, ...]) -> tuple[str, ...]:
    """Return what helps a caller who can read little: the table asks about nobody."""
    return (SELF_NOTE,) if source.reviewer and not all(gap.is_of_files for gap in gaps) else ()


def _is_open(table: AccessTable) -> bool:
    """Whether something is unknown although all was read: what an aggregation cycle keeps or drops."""
    names = {name for _, name in table.snapshot.cluster_roles}
    if not any(table.snapshot.aggregation.uncertain_rules(name) for name in names):
        return False
    return any(right.cell.unknown for part in table.parts() for right in part.rights.rows)


def _strangers(table: AccessTable) -> Iterator[str]:
    """Yield how many of the users that bindings name are not among the people of `--people`."""
    count = len(table.strangers())
    if count and table.people:
        who = counted(count, "user")
        yield f"{who} that bindings name {'is' if count == 1 else 'are'} not in `{table.people.origin}`"
