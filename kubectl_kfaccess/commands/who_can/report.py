"""The report of `who-can`: for people a row per subject, for other formats a row per binding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.who_can.answer import WhoCan
from kubectl_kfaccess.commands.who_can.arguments import KIND, Options
from kubectl_kfaccess.commands.who_can.facts import Facts
from kubectl_kfaccess.commands.who_can.folded_rows import FoldedRows
from kubectl_kfaccess.commands.who_can.full_rows import COLUMNS, FullRows
from kubectl_kfaccess.commands.who_can.indirect_rows import IndirectRows, item_data
from kubectl_kfaccess.commands.who_can.sentences import (
    headline,
    headline_of_clusters,
    is_about_caller,
    lines_below,
    others_text,
)
from kubectl_kfaccess.kubeflow.planes.installed_services import installed_services
from kubectl_kfaccess.output.blocks import Block, Headline, Notes, Row, Section, Table
from kubectl_kfaccess.output.formats.registry import FOR_PEOPLE
from kubectl_kfaccess.output.rbac_terms import name_line, queries
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.rbac.subjects import displayed

_OF_WAYS = (*FOR_PEOPLE, "markdown")


def report(value: WhoCan, options: Options) -> Report:
    """Return the report; rows and machine items are made when a format asks for them."""
    facts = Facts(value, marks_services=options.plane is None)
    full, folded = FullRows(value, facts), FoldedRows(value, facts, folds_platform=options.folds_platform)
    steps = IndirectRows(value.indirect or (), folds_platform=options.folds_platform)
    table = _table(folded, full, steps, options)
    for_people = options.output.format in FOR_PEOPLE
    is_empty = not any(listing.items for listing in value.listings) or (options.is_table and not folded.rows)
    # the rows do not say that others are unknown
    needs_sentence = is_empty or is_about_caller(value, folded)
    sentence = headline(value, folded) if for_people or needs_sentence else ""
    sentence += others_text(steps.subjects) if sentence else ""
    notes = tuple(lines_below(value, folded)) if options.is_table else ()
    return Report(
        kind=KIND,
        blocks=(
            *((Headline(sentence, piped=needs_sentence),) if for_people else ()),
            table,
            *((Notes(notes),) if notes else ()),
            *_way_blocks(value, steps, options),
        ),
        table=table,
        head=lambda: {"queries": [query for each in value.listings for query in queries(each.question)]},
        items=lambda: _items(value, full),
        names=lambda: _names(value),
        remarks=(sentence,) if needs_sentence and not for_people else (),
        notes_in_blocks=value.unlisted.notes if options.is_table else (),
    )


def _table(folded: FoldedRows, full: FullRows, steps: IndirectRows, options: Options) -> Table:
    """Return the table, with the rows of those who can by steps below the others."""
    if options.is_table:
        columns = folded.columns()
        return Table(columns, lambda: _with_rows(folded.sections(), steps.rows(columns)))
    return Table(COLUMNS, lambda: _with_rows(full.sections(), steps.full_rows(COLUMNS)))


def _with_rows(sections: tuple[Section, ...], rows: Iterable[Row]) -> tuple[Section, ...]:
    """Return *sections*, of which there is one, with more rows."""
    return tuple(Section(section.title, [*section.rows, *rows]) for section in sections)


def _way_blocks(value: WhoCan, steps: IndirectRows, options: Options) -> Iterator[Block]:
    if value.indirect is not None and options.output.format in _OF_WAYS:
        yield from steps.way_blocks(wide=options.output.format == "wide")


def _items(value: WhoCan, full: FullRows) -> Iterator[Data]:
    """Yield the machine items; with `--indirect` those by steps come last, and each says which it is."""
    if value.indirect is None:
        yield from full.items()
        return
    yield from ({**item, "direct": True, "steps": []} for item in full.items())
    services, has_verb = installed_services(value.snapshot), len(value.listings) > 1
    for item in value.indirect:
        yield item_data(item, value.snapshot, services, has_verb=has_verb)


def about_clusters(values: Sequence[WhoCan], options: Options) -> str:
    """Return the answer about several clusters in one sentence."""
    answers = [(value, _folded(value, options)) for value in values]
    return headline_of_clusters(answers)


def _folded(value: WhoCan, options: Options) -> FoldedRows:
    facts = Facts(value, marks_services=options.plane is None)
    return FoldedRows(value, facts, folds_platform=options.folds_platform)


def _names(value: WhoCan) -> list[str]:
    subjects = {item.subject for listing in value.listings for item in listing.items}
    subjects |= {displayed(item.who) for item in value.indirect or () if item.is_proved}
    return sorted(name_line(subject) for subject in subjects)
