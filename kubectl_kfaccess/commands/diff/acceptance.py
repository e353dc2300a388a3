"""Which changes are expected: those whose every permission an entry of `--accept` names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from msgspec.structs import replace

from kubectl_kfaccess.commands.diff.diff import Diff, RoleChange, StepChange, Steps, SubjectChange
from kubectl_kfaccess.findings.accepted import (
    GAINED,
    LOST,
    POSSIBLE,
    PROVED,
    Accepted,
    AcceptList,
    Pattern,
    PermissionPattern,
    StepPattern,
    pattern_of,
)
from kubectl_kfaccess.rbac.permission_groups import PermissionGroup, groups_of
from kubectl_kfaccess.rbac.subjects import reference

AnyChange = SubjectChange | RoleChange
T = TypeVar("T", SubjectChange, RoleChange)
_CHANGES = (GAINED, LOST, GAINED, LOST)
"""What an entry calls what is gained, lost, maybe gained and maybe lost."""


def with_accepted(changes: Iterable[T], accept: AcceptList) -> tuple[T, ...]:
    """Return *changes*, those that are expected with the reason, for each part of them on its own."""
    if not accept.entries:
        return tuple(changes)
    return tuple(
        replace(change, accepted_parts=tuple(_accepted(values, accept) for values in _parts(change)))
        for change in changes
    )


def with_accepted_steps(steps: Steps, accept: AcceptList) -> Steps:
    """Return *steps*, those that are expected with the reason."""
    changes = (replace(each, accepted=accept.accepted(_step_value(each))) for each in steps.changes)
    return replace(steps, changes=tuple(changes))


def acceptance_notes(accept: AcceptList, value: Diff) -> Iterator[str]:
    """Yield a note for each entry that has expired, or that fits nothing that changes."""
    if accept.entries:
        changes: tuple[AnyChange, ...] = (*value.changes, *value.roles)
        values = (value for change in changes for part in _parts(change) for value in _each_verb(part))
        yield from accept.notes(PermissionPattern, values)
        yield from accept.notes(StepPattern, map(_step_value, value.steps.changes))


def acceptable(value: Diff) -> Iterator[Pattern]:
    """Yield patterns for the permissions that change, and the steps, that are not accepted."""
    yield from (pattern_of(_step_value(each)) for each in value.steps.changes if not each.accepted)
    changes: tuple[AnyChange, ...] = (*value.changes, *value.roles)
    for change in changes:
        for part, accepted in zip(_parts(change), change.accepted_parts, strict=True):
            yield from (pattern_of(each, without=("role",)) for each in part if not accepted)


def _step_value(change: StepChange) -> StepPattern:
    way = PROVED if change.is_proved else POSSIBLE
    return StepPattern(change.namespace, reference(change.subject), way)


def _accepted(values: list[PermissionPattern], accept: AcceptList) -> Accepted | None:
    """Return why all *values* are expected, None if one of them is not."""
    reasons = [accept.accepted(value) for value in _each_verb(values)]
    return reasons[0] if reasons and all(reasons) else None


def _each_verb(values: Iterable[PermissionPattern]) -> Iterator[PermissionPattern]:
    """Yield a value for each verb, which entries are compared with."""
    for value in values:
        for verb in value.verbs:
            yield PermissionPattern(
                value.change, (verb,), value.group, value.resource, value.subject, value.namespace, value.role
            )


def _parts(change: AnyChange) -> list[list[PermissionPattern]]:
    """Return the values of what is gained, lost, maybe gained and maybe lost."""
    return [
        [_value(word, group, change) for group in groups_of(part)]
        for word, part in zip(_CHANGES, change.parts, strict=True)
    ]


def _value(word: str, group: PermissionGroup, change: AnyChange) -> PermissionPattern:
    resource = group.path if group.path is not None else group.combined_resource
    if isinstance(change, RoleChange):
        role = change.difference
        return PermissionPattern(word, group.verbs, group.group, resource, "", role.namespace, role.name)
    subject, namespace = reference(change.subject), change.namespace
    return PermissionPattern(word, group.verbs, group.group, resource, subject, namespace, _role(change))


def _role(change: SubjectChange) -> str:
    """Return the role that the first cause is about."""
    causes = (placed.cause for placed in change.causes)
    return next((cause.role or cause.key[-1] for cause in causes), "")
