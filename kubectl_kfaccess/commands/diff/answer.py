"""What changes between two states of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.diff.acceptance import (
    AnyChange,
    acceptance_notes,
    with_accepted,
    with_accepted_steps,
)
from kubectl_kfaccess.commands.diff.arguments import Options
from kubectl_kfaccess.commands.diff.comparing import Comparison
from kubectl_kfaccess.commands.diff.diff import Diff, SubjectChange
from kubectl_kfaccess.commands.diff.mesh import mesh_changes, refused_by_mesh
from kubectl_kfaccess.commands.diff.states import States, read_states
from kubectl_kfaccess.commands.diff.steps import steps_of
from kubectl_kfaccess.commands.diff.subject import subject_by_namespace
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.kubeflow.planes.mesh.needs import settings_gaps
from kubectl_kfaccess.notes import Note
from kubectl_kfaccess.output.premise import Premise
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.rbac.subjects import PERSONA
from kubectl_kfaccess.sources.accepted import accepted_in
from kubectl_kfaccess.sources.kinds import CLUSTER_WIDE, IN_NAMESPACES
from kubectl_kfaccess.sources.source import Source

LIVE = "the cluster"
CROSSES = "crosses-tenant"
GAINED_PART, LOST_PART, MAYBE_GAINED_PART, MAYBE_LOST_PART = range(4)


def answer(options: Options, source: Source) -> Answer:
    """
    Return what roles and subjects gain and lose.

    Raises UsageError if there are no two states to compare or the subject is unknown, CannotAnswer if a
    state cannot be read.
    """
    accept = accepted_in(options.accept, source.env)
    states = read_states(options, source)
    by_namespace, states = subject_by_namespace(options, states)
    comparison = Comparison(states)
    changes = comparison.of_everybody() if by_namespace is None else comparison.of_subject(by_namespace)
    changes = with_accepted(changes, accept)
    roles = with_accepted(comparison.of_roles() if by_namespace is None else (), accept)
    value = Diff(
        options.from_ or LIVE,
        options.to or LIVE if options.other is not None else "",
        roles,
        changes,
        mesh_changes(states, by_namespace),
        refused_by_mesh(states, changes),
        {} if options.change.is_empty else Premise(*options.change).data,
        _named(by_namespace),
        with_accepted_steps(steps_of(states, comparison, changes, by_namespace), accept),
    )
    gaps = tuple(dict.fromkeys((*states.before.gaps, *states.after.gaps)))
    vital = tuple(gap for gap in gaps if gap.resource in {*CLUSTER_WIDE, *IN_NAMESPACES})
    minor = settings_gaps(states.after)
    return Answer(
        value,
        _status(options, value, vital),
        gaps=tuple(gap for gap in gaps if not gap.is_of_settings),
        minor_gaps=minor,
        notes=(*acceptance_notes(accept, value), *_notes(states)),
    )


def _named(by_namespace: Mapping[str, KnownSubject] | None) -> Subject | None:
    """Return the subject that was asked about, as one name."""
    who = next(iter((by_namespace or {}).values()), None)
    if who is None:
        return None
    return Subject(PERSONA, who.persona) if who.persona else who.subject


def _status(options: Options, value: Diff, gaps: Iterable[Gap]) -> ExitStatus:
    """Return 1 if a change is there that `--fail-on` names; 3 if it may be, or if a list is missing."""
    changes: tuple[AnyChange, ...] = (*value.changes, *value.roles)
    steps = [each for each in value.steps.changes if not each.accepted and CROSSES in options.fail_on]
    if any(each.is_proved for each in steps) or any(
        _counts(word, change, GAINED_PART, LOST_PART) for word in options.fail_on for change in changes
    ):
        return ExitStatus.NO
    is_open = bool(steps) or any(
        _counts(word, change, MAYBE_GAINED_PART, MAYBE_LOST_PART)
        for word in options.fail_on
        for change in changes
    )
    return ExitStatus.CANNOT_ANSWER if is_open or any(gaps) else ExitStatus.OK


def _counts(word: str, change: AnyChange, gained: int, lost: int) -> bool:
    """Return whether *word* of `--fail-on` names the change, and it is not expected."""
    counting = change.counting
    if word == CROSSES:
        return isinstance(change, SubjectChange) and change.crosses and counting[gained]
    is_gain = word in ("gained", "any") and counting[gained]
    return is_gain or (word in ("lost", "any") and counting[lost])


def _notes(states: States) -> Iterator[Note]:
    """Yield the notes of both states, and that their versions differ."""
    yield from dict.fromkeys((*states.after.notes, *states.before.notes))
    before, after = states.facts
    if not states.is_change and before.version and after.version and before.version != after.version:
        yield (
            f"the first state is of Kubernetes {before.version} and the second of {after.version}: their"
            " default roles differ"
        )
