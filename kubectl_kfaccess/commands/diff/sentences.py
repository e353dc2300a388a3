"""The first line of `diff`, and the lines on what deserves a look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.diff import step_words
from kubectl_kfaccess.commands.diff.diff import Diff, MeshChange, RoleChange, SubjectChange
from kubectl_kfaccess.commands.diff.folded_rows import subjects_text
from kubectl_kfaccess.commands.diff.permission_text import count_text
from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR
from kubectl_kfaccess.kubeflow.catalogue.powers import Power
from kubectl_kfaccess.kubeflow.planes.mesh.reach import Reach
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.output.few import few_in_sentence
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import reference
from kubectl_kfaccess.terminal.safe_text import shown
from kubectl_kfaccess.terminal.words import counted

MOST_LINES = 5


def headline(value: Diff) -> str:
    """Return the answer in one sentence."""
    sentence = _of_roles(value) or _of_one(value) or _of_subjects(value.changes)
    crossing = {change.subject for change in value.changes if change.crosses}
    if crossing:
        sentence += f"; {counted(len(crossing), 'subject')} {_verb(len(crossing), 'gets', 'get')}"
        sentence += " into another tenant"
    sentence = "; ".join((sentence, *step_words.phrases(value.steps)))
    if open_ := {change.subject for change in value.changes if change.maybe}:
        sentence += f"; of {counted(len(open_), 'subject')} it is not known"
    return sentence


def details(value: Diff) -> tuple[str, ...]:
    """Return what the roles of people gain and lose, if the headline is about other changes as well."""
    roles = _roles_of_people(value)
    sentence = _roles_sentence(roles) if roles and not _come_from_roles(value) else ""
    return (sentence,) if sentence else ()


def _of_roles(value: Diff) -> str:
    """Return the sentence on the roles of people, if all that changes comes from them; else ""."""
    roles = _roles_of_people(value)
    if not roles or not _come_from_roles(value):
        return ""
    sentence = _roles_sentence(roles)
    subjects = {change.subject for change in value.changes}
    namespaces = {change.namespace for change in value.changes if change.namespace}
    where = f" in {counted(len(namespaces), 'namespace')}" if namespaces else ""
    have = f"{counted(len(subjects), 'subject')}{where} {_verb(len(subjects), 'has', 'have')}"
    return f"{sentence}, which {have}" if subjects else f"{sentence}; nobody is bound to them"


def _roles_of_people(value: Diff) -> list[RoleChange]:
    return [role for role in value.roles if role.difference.name in ROLES.values()]


def _roles_sentence(roles: Sequence[RoleChange]) -> str:
    """Return which roles gain and lose how many permissions."""
    gaining = [role for role in roles if role.difference.gained]
    losing = [role for role in roles if role.difference.lost]
    if gaining == losing:
        names, both = _role_names(roles), len(roles) > 1
        gained, lost = _count(gaining, "gained"), _count(losing, "lost")
        return f"{names} {'gain' if both else 'gains'} {gained} and {'lose' if both else 'loses'} {lost}"
    sides = ((gaining, "gained", "gains", "gain"), (losing, "lost", "loses", "lose"))
    return " and ".join(
        f"{_role_names(changed)} {_verb(len(changed), singular, plural)} {_count(changed, part)}"
        for changed, part, singular, plural in sides
        if changed
    )


def _role_names(roles: Sequence[RoleChange]) -> str:
    return few_in_sentence(shown(role.difference.name) for role in roles)


def _count(roles: Sequence[RoleChange], part: str) -> str:
    """Return how many permissions the roles gain or lose, at most."""
    counts = {len(getattr(role.difference, part)) for role in roles}
    return f"{'up to ' if len(counts) > 1 else ''}{count_text(max(counts))}"


def _come_from_roles(value: Diff) -> bool:
    causes = {placed.cause.key for role in value.roles for placed in role.causes}
    return all(placed.cause.key in causes for change in value.changes for placed in change.causes)


def _of_one(value: Diff) -> str:
    """Return the sentence on the subject that was asked about; "" if everybody was."""
    if value.subject is None:
        return ""
    name = shown(reference(value.subject))
    sides = (
        ("gains", [c for c in value.changes if c.gains]),
        ("loses", [c for c in value.changes if c.loses]),
    )
    parts = [f"{verb} access in {_places(changes)}" for verb, changes in sides if changes]
    return f"{name} {' and '.join(parts)}" if parts else f"{name} gains and loses nothing"


def _of_subjects(changes: Iterable[SubjectChange]) -> str:
    changes = [*changes]
    gaining = [change for change in changes if change.gains]
    losing = [change for change in changes if change.loses]
    if not gaining and not losing:
        return "nobody gains or loses access"
    gain = _part(gaining, "gains", "gain") or "nobody gains access"
    lose = _part(losing, "loses", "lose") or "nobody loses any"
    return f"{gain}, {lose}" if gaining else f"{lose}, {gain}"


def _part(changes: Sequence[SubjectChange], singular: str, plural: str) -> str:
    """Return how many subjects gain or lose access, and in how many namespaces."""
    subjects = {change.subject for change in changes}
    if not subjects:
        return ""
    verb = _verb(len(subjects), singular, plural)
    return f"{counted(len(subjects), 'subject')} {verb} access in {_places(changes)}"


def _places(changes: Iterable[SubjectChange]) -> str:
    """Return in how many namespaces something changes."""
    names = {change.namespace for change in changes}
    inside = names - {""}
    places = [counted(len(inside), "namespace")] if inside else []
    return " and ".join((*places, *(("the whole cluster",) if "" in names else ())))


def _verb(number: int, singular: str, plural: str) -> str:
    return singular if number == 1 else plural


def remarks(value: Diff) -> Iterator[str]:
    """Yield the lines on what deserves a look: tenants, powers, and what the mesh does."""
    lines = [
        *_crossings(value.changes),
        *step_words.remarks(value.steps),
        *_powers(value.changes),
        *_refusals(value),
        *_mesh(value.mesh),
    ]
    yield from lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        yield f"{counted(len(lines) - MOST_LINES, 'more line')} like these: -o wide"


def _crossings(changes: Iterable[SubjectChange]) -> Iterator[str]:
    by_place: dict[str, list[Subject]] = {}
    for change in changes:
        if change.crosses:
            by_place.setdefault(change.namespace, []).append(change.subject)
    for namespace, subjects in by_place.items():
        where = shown(namespace) if namespace else "all tenants"
        who = subjects_text(list(dict.fromkeys(subjects)))
        yield f"{who} {_verb(len(subjects), 'gets', 'get')} into {where}, from another tenant"


def _powers(changes: Iterable[SubjectChange]) -> Iterator[str]:
    by_powers: dict[tuple[tuple[Power, ...], str], list[Subject]] = {}
    for change in changes:
        if change.powers:
            by_powers.setdefault((change.powers, change.namespace), []).append(change.subject)
    same: dict[tuple[tuple[Power, ...], tuple[Subject, ...]], list[str]] = {}
    for (powers, namespace), subjects in by_powers.items():
        same.setdefault((powers, tuple(subjects)), []).append(namespace)
    for (powers, subjects_), namespaces in same.items():
        names = [shown(name) for name in namespaces if name]
        where = f"in {few_in_sentence(names)}" if names else "in the whole cluster"
        texts = [_POWER_TEXTS[power] for power in powers]
        yield f"{subjects_text(subjects_)} can {_listed(texts)} {where}"


_POWER_TEXTS = {
    Power.SECRETS: "read secrets",
    Power.CODE: f"run code as {EDITOR} and any other account",
    Power.IMPERSONATION: "act as others",
    Power.ROLES: "change roles or bindings",
}


def _listed(texts: Sequence[str]) -> str:
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last


def _refusals(value: Diff) -> Iterator[str]:
    by_subjects: dict[str, list[Subject]] = {}
    for subject, namespace in value.refused_by_mesh:
        by_subjects.setdefault(namespace, []).append(subject)
    for namespace, subjects in by_subjects.items():
        yield f"the mesh still refuses {subjects_text(subjects)} in {shown(namespace)}"


def _mesh(changes: Iterable[MeshChange]) -> Iterator[str]:
    alike: dict[tuple[str, Reach, Reach], list[Subject]] = {}
    for change in changes:
        alike.setdefault((change.namespace, change.before, change.after), []).append(change.subject)
    for (namespace, before, after), subjects in alike.items():
        who, where = subjects_text(subjects), shown(namespace)
        if after is Reach.UNKNOWN or before is Reach.UNKNOWN:
            yield f"the mesh: whether {who} reach {where} was {before.value} and is {after.value}"
        elif after is Reach.NO:
            yield f"the mesh no longer lets {who} into {where}"
        elif before is Reach.NO:
            yield f"the mesh now lets {who} into {where}"
