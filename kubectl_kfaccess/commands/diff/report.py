"""The report of `diff`: who gains and loses what, what deserves a look, and what brings it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from kubectl_kfaccess.commands.diff import folded_rows, full_rows, step_rows
from kubectl_kfaccess.commands.diff.acceptance import acceptable
from kubectl_kfaccess.commands.diff.arguments import KIND, Options
from kubectl_kfaccess.commands.diff.diff import Diff, RoleChange, causes_in
from kubectl_kfaccess.commands.diff.items import head, items
from kubectl_kfaccess.commands.diff.permission_text import cause_text
from kubectl_kfaccess.commands.diff.results import results
from kubectl_kfaccess.commands.diff.sentences import details, headline, remarks
from kubectl_kfaccess.commands.diff.step_words import way_blocks
from kubectl_kfaccess.output.blocks import (
    MARK_LOOK,
    Block,
    Headline,
    Labelled,
    Notes,
    Paragraph,
    Row,
    Section,
    Sentence,
    Table,
)
from kubectl_kfaccess.output.comment_size import MOST_LETTERS, rows_that_fit
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.output.shapes import subject_data
from kubectl_kfaccess.terminal.words import counted

MOST_CAUSES = 8
_FULL = ("wide", "csv")


def report(value: Diff, options: Options) -> Report:
    """Return the report; `wide` and CSV have every permission."""
    is_full = options.output.format in _FULL
    is_comment = options.output.format == "markdown"
    rows = _Rows(value, MOST_LETTERS if is_comment else 0)
    table = _full_table(value) if is_full else Table(folded_rows.COLUMNS, rows.sections)
    is_empty = not (value.changes or value.roles or value.steps.changes)
    return Report(
        kind=KIND,
        blocks=(
            Headline(headline(value), details=details(value), piped=True),
            *(() if is_empty else (table,)),
            *(_rest(rows) if is_comment else ()),
            *_remarks(value),
            *way_blocks(value.steps, wide=is_full),
            *_causes(value),
            *_closing(value, options),
        ),
        table=table,
        head=lambda: head(value),
        items=lambda: items(value),
        names=lambda: _names(value),
        results=lambda: results(value),
        acceptable=lambda: acceptable(value),
        comment="kfaccess diff",
    )


class _Rows:
    """The rows for people; with *most*, only as many as fit into so many letters of Markdown."""

    def __init__(self, value: Diff, most: int) -> None:
        self._value = value
        self._most = most

    @cached_property
    def every(self) -> tuple[Row, ...]:
        """All rows."""
        alike = folded_rows.alike_changes(self._value.changes)
        by_steps = step_rows.folded(self._value.steps)
        return (*folded_rows.rows(alike, _unbound_roles(self._value)), *by_steps)

    @cached_property
    def count(self) -> int:
        """How many rows are shown."""
        return rows_that_fit(self.every, self._most) if self._most else len(self.every)

    def sections(self) -> tuple[Section, ...]:
        """Return the rows that are shown."""
        return (Section("", self.every[: self.count]),)


def _rest(rows: _Rows) -> Iterator[Block]:
    """Yield how many rows a comment has no room for."""
    if more := len(rows.every) - rows.count:
        yield Sentence(f"{counted(more, 'more row')}: -o csv has every permission")


def _full_table(value: Diff) -> Table:
    return Table(full_rows.COLUMNS, lambda: full_rows.sections(value))


def _unbound_roles(value: Diff) -> tuple[RoleChange, ...]:
    """Return the roles whose change no subject's row shows."""
    shown = {placed.cause for change in value.changes for placed in change.causes}
    return tuple(role for role in value.roles if not any(placed.cause in shown for placed in role.causes))


def _remarks(value: Diff) -> Iterator[Block]:
    lines = tuple(f"{MARK_LOOK} {text}" for text in remarks(value))
    if lines:
        yield Paragraph(lines)


def _causes(value: Diff) -> Iterator[Block]:
    causes = [
        cause_text(placed) for placed in causes_in((*value.roles, *value.changes, *value.steps.changes))
    ]
    more = len(causes) - MOST_CAUSES
    if more > 1:
        causes = [*causes[:MOST_CAUSES], f"and {counted(more, 'more object')}: -o wide"]
    if causes:
        yield Labelled("because of", (Paragraph(tuple(causes)),), column=13)


def _closing(value: Diff, options: Options) -> Iterator[Block]:
    if options.output.format == "table" and (value.changes or value.roles or value.steps.changes):
        word = _word(value)
        is_counted = folded_rows.counts_subjects(folded_rows.alike_changes(value.changes))
        fails = "" if options.fail_on else f"      fail a build on such a change: --fail-on {word}"
        yield Notes((f"{'names and ' if is_counted else ''}every permission: -o wide{fails}",))


def _word(value: Diff) -> str:
    """Return what `--fail-on` calls the change: what is gained, else what is lost."""
    if any(change.gains for change in value.changes):
        return "gained"
    return "lost" if value.changes or not value.steps.changes else "crosses-tenant"


def _names(value: Diff) -> Iterator[str]:
    """Yield the subjects that gain or lose anything, by steps as well."""
    changed = [change.subject for change in value.changes]
    subjects = dict.fromkeys((*changed, *(change.subject for change in value.steps.changes)))
    yield from (f"{subject.kind.lower()}/{subject_data(subject)['ref']}" for subject in subjects)
