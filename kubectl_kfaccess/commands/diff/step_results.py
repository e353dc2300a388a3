"""Those who get into other tenants by steps, as results for code scanning: with the steps of the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.diff.diff import Diff, PlacedCause, StepChange, Steps
from kubectl_kfaccess.commands.diff.folded_rows import subjects_text
from kubectl_kfaccess.commands.diff.permission_text import cause_text
from kubectl_kfaccess.commands.diff.result_parts import fingerprint, make_rule, shared
from kubectl_kfaccess.commands.diff.step_words import ALL_TENANTS, end_line
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.escalation.texts import sentence
from kubectl_kfaccess.output import results
from kubectl_kfaccess.output.few import few_in_sentence
from kubectl_kfaccess.output.results import Place, Result
from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.rbac.subjects import reference
from kubectl_kfaccess.terminal.safe_text import listed

PROVED = make_rule(
    "access-crosses-tenant-by-steps",
    "A subject of one tenant gets into another tenant through accounts or roles that it can use.",
    "Take away what the last step needs, or run code for the other tenant in a namespace of its own.",
    "error",
    "8.0",
)
POSSIBLE = make_rule(
    "access-may-cross-tenant-by-steps",
    "A subject of one tenant can possibly get into another tenant through what it can use.",
    "Look whether the condition of each step holds, and take away what the last step needs.",
    "warning",
    "5.0",
)


def step_results(value: Diff) -> Iterator[Result]:
    """Yield a result for each changed object that opens such ways: proved ones, then possible ones."""
    for kind, is_proved in ((PROVED, True), (POSSIBLE, False)):
        by_cause: dict[PlacedCause | None, list[StepChange]] = {}
        for change in value.steps.changes:
            for cause in (change.causes or (None,)) if change.is_proved is is_proved else ():
                by_cause.setdefault(cause, []).append(change)
        for cause in sorted(filter(None, by_cause)):
            yield _result(kind, cause, by_cause[cause], value.steps)
        if None in by_cause:
            yield _result(kind, None, by_cause[None], value.steps)


def _result(
    kind: results.Rule, cause: PlacedCause | None, changes: Sequence[StepChange], steps: Steps
) -> Result:
    first = changes[0]
    places = [f"{reference(each.subject)} {each.namespace}" for each in changes]
    key = cause.cause.key if cause else ("Namespace", "", first.namespace)
    return Result(
        kind,
        kind.level,
        _message(cause, changes),
        _place(key, (cause,) if cause else ()),
        fingerprint(kind, key, places),
        steps=(*_steps(first, steps),),
        accepted=shared([each.accepted for each in changes]),
    )


def _message(cause: PlacedCause | None, changes: Sequence[StepChange]) -> str:
    who = subjects_text([*dict.fromkeys(each.subject for each in changes)])
    where = few_in_sentence(each.namespace or ALL_TENANTS for each in changes)
    word = "can" if changes[0].is_proved else "can possibly"
    text = f": {cause_text(PlacedCause(cause.cause))}" if cause else ""
    return f"{who} {word} get into {where} by steps{text}"


def _steps(change: StepChange, steps: Steps) -> Iterator[results.Step]:
    """Yield the steps as sentences, each at the binding that grants it."""
    who = reference(change.subject)
    for number, step in enumerate(steps.of(change)):
        note = f", {step.note}" if step.note else ""
        text = f"{'' if number else f'{who} '}{sentence(step, listed)}{note}"
        yield results.Step(text, _step_place(step, change))
    if end := end_line(change):
        binding = next(iter(change.bindings), None)
        yield results.Step(end[0], _binding_place(binding, change) if binding else _tenant(change))


def _step_place(step: Step, change: StepChange) -> Place:
    """Return the binding of a step; what needs none is where it is taken."""
    grant = next(iter(step.grants), None)
    return _binding_place(grant.binding, change) if grant else Place("Namespace", "", step.namespace)


def _binding_place(binding: Binding, change: StepChange) -> Place:
    return _place((binding.kind, *binding.key), change.causes)


def _tenant(change: StepChange) -> Place:
    return Place("Namespace", "", change.namespace)


def _place(key: tuple[str, str, str], causes: Iterable[PlacedCause]) -> Place:
    """Return the place of an object, with its file if it is one of those that change."""
    placed = next((each for each in causes if each.cause.key == key), None)
    if placed is None:
        return Place(*key)
    return Place(*key, "" if placed.file == "-" else placed.file, placed.line or 0)
