"""The changes as results for code scanning: one for each changed object and kind of change."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kubectl_kfaccess.commands.diff.diff import Diff, PlacedCause, RoleChange, SubjectChange
from kubectl_kfaccess.commands.diff.folded_rows import subjects_text
from kubectl_kfaccess.commands.diff.permission_text import cause_text
from kubectl_kfaccess.commands.diff.result_parts import fingerprint, make_rule, shared
from kubectl_kfaccess.commands.diff.step_results import step_results
from kubectl_kfaccess.output.few import few_in_sentence
from kubectl_kfaccess.output.results import Place, Result, Rule
from kubectl_kfaccess.rbac.subjects import reference

CROSSING = make_rule(
    "access-crosses-tenant",
    "A subject of one tenant, or everybody, gains access to another tenant.",
    "Bind only subjects of the tenant, or let the owner share the profile on the dashboard.",
    "error",
    "8.0",
)
GAINED = make_rule(
    "access-gained",
    "A user, a group or a service account gains access.",
    "If that is expected, add it to the file of --accept.",
    "warning",
    "5.0",
)
LOST = make_rule(
    "access-lost",
    "A user, a group or a service account loses access.",
    "If that is expected, add it to the file of --accept.",
    "note",
    "",
)


class _Concerned(Struct):
    """The changes that one object brings, of subjects and of roles."""

    subjects: list[SubjectChange]
    roles: list[RoleChange]


def results(value: Diff) -> Iterator[Result]:
    """Yield the results: what crosses into another tenant, directly and by steps, then gains, then losses."""
    by_cause = _by_cause(value)
    for rule in (CROSSING, GAINED, LOST):
        for placed in sorted(by_cause):
            concerned = _of_rule(rule, by_cause[placed])
            if concerned.subjects or concerned.roles:
                yield _result(rule, placed, concerned)
        if rule is CROSSING:
            yield from step_results(value)


def _by_cause(value: Diff) -> dict[PlacedCause, _Concerned]:
    by_cause: dict[PlacedCause, _Concerned] = {}
    for change in value.changes:
        for placed in change.causes:
            by_cause.setdefault(placed, _Concerned([], [])).subjects.append(change)
    for role in value.roles:
        for placed in role.causes:
            by_cause.setdefault(placed, _Concerned([], [])).roles.append(role)
    return by_cause


def _of_rule(rule: Rule, concerned: _Concerned) -> _Concerned:
    """Return the changes that are of the kind of *rule*; what crosses is no plain gain as well."""
    if rule is CROSSING:
        return _Concerned([change for change in concerned.subjects if change.crosses], [])
    if rule is GAINED:
        subjects = [change for change in concerned.subjects if change.gains and not change.crosses]
        return _Concerned(subjects, [role for role in concerned.roles if role.difference.gained])
    return _Concerned(
        [change for change in concerned.subjects if change.loses],
        [role for role in concerned.roles if role.difference.lost],
    )


def _result(rule: Rule, placed: PlacedCause, concerned: _Concerned) -> Result:
    kind, namespace, name = placed.cause.key
    accepted = [change.accepted for change in concerned.subjects]
    accepted += [role.accepted for role in concerned.roles]
    return Result(
        rule,
        rule.level,
        _message(rule, placed, concerned),
        Place(kind, namespace, name, "" if placed.file == "-" else placed.file, placed.line or 0),
        _fingerprint(rule, placed, concerned),
        accepted=shared(accepted),
    )


def _message(rule: Rule, placed: PlacedCause, concerned: _Concerned) -> str:
    """Return who gains or loses, where, and what brings it."""
    subjects = list(dict.fromkeys(change.subject for change in concerned.subjects))
    names = few_in_sentence(change.namespace or "the whole cluster" for change in concerned.subjects)
    verb = ("lose" if rule is LOST else "gain") + ("s" if len(subjects) == 1 else "")
    who = f"{subjects_text(subjects)} {verb} access in {names}" if subjects else ""
    roles = few_in_sentence(role.difference.name for role in concerned.roles)
    of_roles = f"{roles} {'loses' if rule is LOST else 'gains'} permissions" if roles and not who else ""
    return f"{who or of_roles}: {cause_text(PlacedCause(placed.cause))}"


def _fingerprint(kind: Rule, placed: PlacedCause, concerned: _Concerned) -> str:
    subjects = (f"{reference(c.subject)} {c.namespace}" for c in concerned.subjects)
    return fingerprint(kind, placed.cause.key, subjects, (role.difference.name for role in concerned.roles))
