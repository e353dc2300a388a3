"""The rows of the table for people: subjects whose levels change alike share rows, a row for each area."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from kubectl_kfaccess.commands.diff.diff import AreaChange, PermissionChanges, RoleChange, SubjectChange
from kubectl_kfaccess.commands.diff.permission_text import accepted_text, place_text, verbs_word
from kubectl_kfaccess.output.blocks import (
    MARK_BOTH,
    MARK_LESS,
    MARK_MORE,
    MARK_UNKNOWN,
    MARKS,
    Column,
    Row,
)
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.output.rbac_terms import CLUSTER_WIDE, toned
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.permission_groups import PermissionGroup
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, reference
from kubectl_kfaccess.terminal.safe_text import NOTHING, UNKNOWN, listed, part, shown
from kubectl_kfaccess.terminal.words import counted

FEW = 3
EACH_ITS_OWN = "each its own"
FIRST_AREAS = ("serving", "pipelines", "secrets", "identity")
MOST_AREAS = 4
MOST_LETTERS = 28
"""How long several names in a cell can be; longer ones are counted."""
COLUMNS = (
    MARKS,
    Column("CHANGE", wide=True),
    Column("SUBJECT"),
    Column("NAMESPACE", optional=True),
    Column("AREA"),
    Column("BEFORE"),
    Column("AFTER"),
    Column("ACCEPTED", optional=True, rank=1, footnote=True),
)


class AlikeChanges(Struct, frozen=True):
    """Changes of subjects of one kind, or of accounts of one name, whose levels change alike."""

    changes: tuple[SubjectChange, ...]

    @property
    def first(self) -> SubjectChange:
        """Return the change that stands for all."""
        return self.changes[0]

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Return the subjects, each once."""
        return tuple(dict.fromkeys(change.subject for change in self.changes))


def alike_changes(changes: Iterable[SubjectChange]) -> tuple[AlikeChanges, ...]:
    """Return the changes that share rows: first what crosses, then what leads further, then gains."""
    alike: dict[object, list[SubjectChange]] = {}
    for change in changes:
        subject = change.subject
        kind = subject.name if subject.kind == SERVICE_ACCOUNT else ""
        is_own = subject.kind == SERVICE_ACCOUNT and subject.namespace == change.namespace
        key = (
            mark(change), subject.kind, kind, is_own, change.areas, change.others, change.crosses,
            change.powers, not change.namespace, change.accepted,
        )  # fmt: skip
        alike.setdefault(key, []).append(change)
    return tuple(sorted((AlikeChanges(tuple(each)) for each in alike.values()), key=_rank))


def _rank(alike: AlikeChanges) -> tuple[bool, bool, bool, int, str]:
    first = alike.first
    return (
        not first.crosses,
        not first.powers,
        not first.gains,
        -len(alike.changes),
        reference(first.subject),
    )


def mark(change: SubjectChange) -> str:
    """Return the mark of a change: `+`, `-`, `~` for both, or `?` if it is not sure."""
    return _sign(gains=change.gains, loses=change.loses)


def _sign(*, gains: bool, loses: bool) -> str:
    if gains and loses:
        return MARK_BOTH
    return MARK_MORE if gains else MARK_LESS if loses else MARK_UNKNOWN


def rows(alike: Sequence[AlikeChanges], roles: Sequence[RoleChange]) -> tuple[Row, ...]:
    """Return the rows of *roles*, and then of subjects."""
    of_roles = (row for role in roles for row in _role_rows(role))
    return (*of_roles, *(row for each in alike for row in _rows(each)))


def _role_rows(role: RoleChange) -> Iterator[Row]:
    difference = role.difference
    sign = _sign(gains=bool(difference.gained), loses=bool(difference.lost))
    name = f"{difference.kind} {part(difference.name)}"
    namespace = part(difference.namespace) if difference.namespace else ""
    yield from _with_areas(sign, name, namespace, role.areas, role.others, accepted_text(role.accepted))


def _rows(alike: AlikeChanges) -> Iterator[Row]:
    first = alike.first
    names = subjects_text(alike.subjects)
    yield from _with_areas(
        mark(first), names, namespaces_text(alike), first.areas, first.others, accepted_text(first.accepted)
    )


def _with_areas(
    sign: str,
    name: str,
    namespace: str,
    areas: Sequence[AreaChange],
    others: PermissionChanges,
    accepted: str,
) -> Iterator[Row]:
    """Yield a row for each area; only the first has the names."""
    heads = iter([(sign, name, namespace, accepted)])
    for area, before, after in (*_area_cells(areas), *_other_cells(others, areas)):
        first_mark, who, where, reason = next(heads, ("", "", "", ""))
        word = _WORDS.get(first_mark, "")
        yield (first_mark, word, who, where, area, toned(before), toned(after), reason)


_WORDS = {
    MARK_MORE: "gained",
    MARK_LESS: "lost",
    MARK_BOTH: "gained and lost",
    MARK_UNKNOWN: "maybe",
}


def _area_cells(areas: Sequence[AreaChange]) -> Iterator[tuple[str, str, str]]:
    ordered = sorted(areas, key=_area_rank)
    count = len(ordered) if len(ordered) <= MOST_AREAS else MOST_AREAS - 1
    for area in ordered[:count]:
        yield (area.area, area.before, area.after)
    if rest := ordered[count:]:
        before, after = ({*words} for words in zip(*((a.before, a.after) for a in rest), strict=True))
        yield (f"{len(rest)} others", ", ".join(sorted(before)), ", ".join(sorted(after)))


def _area_rank(area: AreaChange) -> int:
    return FIRST_AREAS.index(area.area) if area.area in FIRST_AREAS else len(FIRST_AREAS)


def _other_cells(others: PermissionChanges, areas: Sequence[AreaChange]) -> Iterator[tuple[str, str, str]]:
    """Yield what no level shows, by type: lost verbs before, gained ones after; many types in one row."""
    pairs = ((others.lost, others.gained, ""), (others.maybe_lost, others.maybe_gained, UNKNOWN))
    for lost, gained, doubt in pairs:
        texts = dict.fromkeys(map(place_text, (*lost, *gained)))
        if len(texts) > FEW:
            name = f"{len(texts):,} {'more ' if areas else ''}types{doubt}"
            yield (name, _some(lost), _some(gained))
            continue
        for text in texts:
            before, after = (_verbs_of(text, groups) for groups in (lost, gained))
            yield (f"{text}{doubt}", before, after)


def _verbs_of(text: str, groups: Iterable[PermissionGroup]) -> str:
    """Return the verbs on what *text* stands for, in few words."""
    return next((verbs_word(group.verbs) for group in groups if place_text(group) == text), NOTHING)


def _some(groups: Sequence[PermissionGroup]) -> str:
    return "some" if groups else NOTHING


def subjects_text(subjects: Sequence[Subject]) -> str:
    """Return a few names, or how many people, groups or accounts of one name there are."""
    text = ", ".join(listed(reference(subject), ", ") for subject in subjects[:FEW])
    first = subjects[0]
    if len(subjects) == 1 or (len(subjects) <= FEW and len(text) <= MOST_LETTERS):
        return text
    if len({subject.kind for subject in subjects}) > 1:
        return counted(len(subjects), "subject")
    if first.kind == SERVICE_ACCOUNT:
        same = all(subject.name == first.name for subject in subjects)
        return f"{len(subjects):,} {part(first.name) if same else 'service account'}s"
    return counted(len(subjects), "group") if first.kind == GROUP else f"{len(subjects):,} people"


def namespaces_text(alike: AlikeChanges) -> str:
    """Return the namespaces, or that each account changes in its own."""
    changes = alike.changes
    is_own = all(change.subject.namespace == change.namespace for change in changes)
    if len(alike.subjects) > 1 and is_own and alike.first.subject.kind == SERVICE_ACCOUNT:
        return EACH_ITS_OWN
    return few(shown(change.namespace) if change.namespace else CLUSTER_WIDE for change in changes)


def counts_subjects(alike: Iterable[AlikeChanges]) -> bool:
    """Return whether a row has the number of its subjects in place of their names."""
    return any(
        subjects_text(each.subjects) != ", ".join(listed(reference(s), ", ") for s in each.subjects)
        for each in alike
    )
