"""The answer of `explain` as a table: one row per grant, and one per answer without grants."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.explain.doubt_text import doubt_text
from kubectl_kfaccess.commands.explain.explanation import Explanation, PlaneAnswer, is_by_masters
from kubectl_kfaccess.commands.explain.mesh_refusal import MeshRefusal
from kubectl_kfaccess.commands.explain.mesh_refusal_text import DECISIONS, reason_text
from kubectl_kfaccess.output.blocks import Cell, Column, Row, Section, Table, Text, Tone
from kubectl_kfaccess.output.gaps import short
from kubectl_kfaccess.output.rbac_terms import (
    CLUSTER_WIDE,
    is_assumed,
    object_name,
    path_text,
    paths_of,
    rule_text,
    typed_subject,
)
from kubectl_kfaccess.rbac.evaluator import Grant, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.subjects import GROUP, MASTERS
from kubectl_kfaccess.terminal.safe_text import NOTHING, line, listed, shown

COLUMNS = (
    Column("DECISION"),
    Column("SUBJECT"),
    Column("VERB"),
    Column("RESOURCE"),
    Column("NAMESPACE"),
    Column("PLANE"),
    Column("BINDING"),
    Column("ROLE"),
    Column("PATH"),
    Column("RULE"),
    Column("OTHER-PATHS"),
    Column("NOTE"),
)
_VERDICTS = {
    Verdict.ALLOWED: Cell("yes", Tone.YES),
    Verdict.DENIED: Cell("no", Tone.NO),
    Verdict.UNKNOWN: Cell("?", Tone.UNKNOWN),
}


def grant_table(value: Explanation) -> Table:
    """Return the table; it has no rows if there are no answers."""
    return Table(COLUMNS, lambda: (Section("", [*_rows(value)]),))


def _rows(value: Explanation) -> Iterator[Row]:
    if value.who and value.mesh:
        yield _mesh_row(value.mesh, value.who)
    for answer in value.answers:
        notes = tuple(_answer_notes(answer, value))
        question = _question_cells(answer, value)
        for grant in answer.grants:
            yield (*question, *_grant_cells(grant, value), "; ".join((*_grant_notes(grant, value), *notes)))
        if not answer.grants:
            yield (*question, *[NOTHING] * 5, "; ".join(notes))


def _mesh_row(refusal: MeshRefusal, who: KnownSubject) -> Row:
    """Return the row of an answer about the mesh, which knows neither verbs nor resources."""
    return (
        _VERDICTS[DECISIONS[refusal.reach]],
        typed_subject(who.subject),
        *[NOTHING] * 2,
        shown(refusal.namespace),
        "mesh",
        *[NOTHING] * 5,
        reason_text(refusal),
    )


def _question_cells(answer: PlaneAnswer, value: Explanation) -> tuple[Text, ...]:
    return (
        _VERDICTS[answer.verdict],
        typed_subject(value.who.subject) if value.who else NOTHING,
        shown(answer.question.request.verb),
        shown(answer.question.title),
        shown(answer.namespace) if answer.namespace else CLUSTER_WIDE,
        answer.plane.value,
    )


def _grant_cells(grant: Grant, value: Explanation) -> tuple[str, ...]:
    first, *others = map(path_text, paths_of(grant, value.snapshot))
    return (
        f"{grant.binding.kind}/{object_name(grant.binding)}",
        f"{grant.role.kind}/{object_name(grant.role)}",
        first,
        rule_text(grant.rule),
        ", ".join(others),
    )


def _grant_notes(grant: Grant, value: Explanation) -> Iterator[str]:
    if grant.who.kind == GROUP and value.who and value.who.subject.kind != GROUP:
        yield f"through group {listed(grant.who.name, '; ')}"
    if is_assumed(grant, value.snapshot):
        yield "Kubernetes default, not in the files"


def _answer_notes(answer: PlaneAnswer, value: Explanation) -> Iterator[str]:
    if is_by_masters(answer, value):
        yield f"in group {MASTERS}"
    if not answer.is_asked:
        yield "the question is not about this plane"
    if answer.verified is not None:
        yield "confirmed by the API server" if answer.verified else "the API server says otherwise"
    yield from map(line, (*answer.unknown_words, *answer.useless))
    yield from (line(short(doubt_text(doubt))) for doubt in answer.doubts)
