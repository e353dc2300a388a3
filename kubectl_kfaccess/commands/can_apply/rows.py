"""The rows of `can-apply`: one per object, those that fail first, the rest folded."""

from __future__ import annotations

from kubectl_kfaccess.commands.can_apply.can_apply import CanApply
from kubectl_kfaccess.commands.can_apply.object_text import object_text, place_text
from kubectl_kfaccess.commands.can_apply.refusal_text import refusal_text, short_refusal
from kubectl_kfaccess.commands.can_apply.verdict_text import unknown_text
from kubectl_kfaccess.output.blocks import (
    MARK_ERROR,
    MARK_UNKNOWN,
    MARKS,
    Cell,
    Column,
    Row,
    Section,
    Table,
    Text,
    Tone,
)
from kubectl_kfaccess.output.rbac_terms import object_name
from kubectl_kfaccess.rbac.bundle import Need, Outcome
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.terminal.safe_text import NOTHING, part
from kubectl_kfaccess.terminal.words import counted

COLUMNS = (
    MARKS,
    Column("CAN"),
    Column("OBJECT"),
    Column("FILE", rank=3),
    Column("EXISTS", rank=2),
    Column("NEEDS", rank=1),
    Column("REFUSAL", optional=True, prose=True),
    Column("GRANTED-BY", wide=True),
)
_MARKS = {Verdict.ALLOWED: "", Verdict.DENIED: MARK_ERROR, Verdict.UNKNOWN: MARK_UNKNOWN}
_CAN = {
    Verdict.ALLOWED: Cell("yes", Tone.YES),
    Verdict.DENIED: Cell("no", Tone.NO),
    Verdict.UNKNOWN: Cell("?", Tone.UNKNOWN),
}
_EXISTS = {True: "yes", False: "no", None: "?"}


def outcome_table(value: CanApply, *, folds: bool) -> Table:
    """Return the table; if it *folds*, one line stands for all objects that can be applied."""

    def whole() -> tuple[Section, ...]:
        return (Section("", _rows(value)),)

    return Table(COLUMNS, (lambda: (Section("", _folded(value)),)) if folds else whole, whole)


def _rows(value: CanApply) -> list[Row]:
    return [_row(outcome, value) for outcome in value.outcomes]


def _folded(value: CanApply) -> list[Row]:
    failing = [*value.of(Verdict.DENIED), *value.of(Verdict.UNKNOWN)]
    passing = value.of(Verdict.ALLOWED)
    if not failing or len(passing) == 1:
        return [_row(outcome, value) for outcome in (*failing, *passing)]
    rest: Row = (
        "",
        _CAN[Verdict.ALLOWED],
        f"{counted(len(passing), 'other object')}",
        *[NOTHING] * 3,
        "",
        "",
    )
    rows: list[Row] = [_row(outcome, value) for outcome in failing]
    return [*rows, rest] if passing else rows


def _row(outcome: Outcome, value: CanApply) -> Row:
    return (
        _MARKS[outcome.verdict],
        _CAN[outcome.verdict],
        object_text(outcome.object),
        place_text(outcome.object),
        _EXISTS[outcome.exists],
        _needs(outcome),
        _reason(outcome, value),
        ", ".join(dict.fromkeys(filter(None, map(_binding, outcome.needs)))),
    )


def _needs(outcome: Outcome) -> str:
    """Return the verbs that are needed, those that are missing marked, and what they are needed on."""
    if not outcome.needs or not outcome.object.type:
        return NOTHING
    verbs = ", ".join(dict.fromkeys(need.request.verb for need in outcome.needs))
    return f"{verbs} {part(outcome.object.type.full_name)}"


def _reason(outcome: Outcome, value: CanApply) -> Text:
    """Return why not; a terminal has room for a few words, where the others have the server's own."""
    if outcome.verdict is Verdict.UNKNOWN:
        return unknown_text(outcome, value.who)
    if outcome.verdict is not Verdict.DENIED:
        return ""
    return Cell(refusal_text(outcome, value.who), short=short_refusal(outcome, value.who))


def _binding(need: Need) -> str:
    return f"{need.grant.binding.kind}/{object_name(need.grant.binding)}" if need.grant else ""
