"""The report of `who-can`: for people a row per subject, for other formats a row per binding."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kfaccess.commands.who_can.answer import WhoCan
from kubectl_kfaccess.commands.who_can.arguments import KIND, Options
from kubectl_kfaccess.commands.who_can.facts import Facts
from kubectl_kfaccess.commands.who_can.folded_rows import FoldedRows
from kubectl_kfaccess.commands.who_can.full_rows import COLUMNS, FullRows
from kubectl_kfaccess.commands.who_can.sentences import (
    headline,
    headline_of_clusters,
    is_about_caller,
    lines_below,
)
from kubectl_kfaccess.output.blocks import Headline, Notes, Table
from kubectl_kfaccess.output.formats.registry import FOR_PEOPLE
from kubectl_kfaccess.output.rbac_terms import name_line, queries
from kubectl_kfaccess.output.report import Report


def report(value: WhoCan, options: Options) -> Report:
    """Return the report; rows and machine items are made when a format asks for them."""
    facts = Facts(value, marks_services=options.plane is None)
    full, folded = FullRows(value, facts), FoldedRows(value, facts, folds_platform=options.folds_platform)
    table = Table(folded.columns(), folded.sections) if options.is_table else Table(COLUMNS, full.sections)
    for_people = options.output.format in FOR_PEOPLE
    is_empty = not any(listing.items for listing in value.listings) or (options.is_table and not folded.rows)
    # the rows do not say that others are unknown
    needs_sentence = is_empty or is_about_caller(value, folded)
    sentence = headline(value, folded) if for_people or needs_sentence else ""
    notes = tuple(lines_below(value, folded)) if options.is_table else ()
    return Report(
        kind=KIND,
        blocks=(
            *((Headline(sentence, piped=needs_sentence),) if for_people else ()),
            table,
            *((Notes(notes),) if notes else ()),
        ),
        table=table,
        head=lambda: {"queries": [query for each in value.listings for query in queries(each.question)]},
        items=full.items,
        names=lambda: _names(value),
        remarks=(sentence,) if needs_sentence and not for_people else (),
        notes_in_blocks=value.unlisted.notes if options.is_table else (),
    )


def about_clusters(values: Sequence[WhoCan], options: Options) -> str:
    """Return the answer about several clusters in one sentence."""
    answers = [(value, _folded(value, options)) for value in values]
    return headline_of_clusters(answers)


def _folded(value: WhoCan, options: Options) -> FoldedRows:
    facts = Facts(value, marks_services=options.plane is None)
    return FoldedRows(value, facts, folds_platform=options.folds_platform)


def _names(value: WhoCan) -> list[str]:
    subjects = {item.subject for listing in value.listings for item in listing.items}
    return sorted(name_line(subject) for subject in subjects)
