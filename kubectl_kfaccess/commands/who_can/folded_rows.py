"""A row for each subject, with the namespaces in which it can do the same in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from kubectl_kfaccess.commands.who_can.answer import WhoCan
from kubectl_kfaccess.commands.who_can.facts import Facts, first_of_each_binding
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.output.blocks import MARK_LOOK, MARKS, Column, Section
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.output.rbac_terms import paths_of, reference_text
from kubectl_kfaccess.rbac.evaluator import Grant
from kubectl_kfaccess.rbac.model import AnyRole
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, Principal, displayed
from kubectl_kfaccess.rbac.who_can import Item
from kubectl_kfaccess.terminal.safe_text import listed, part, shown
from kubectl_kfaccess.terminal.words import counted

EVERYWHERE = "all"
EACH_ITS_OWN = "each its own"
ORDER = (
    Relation.FOREIGN,
    Relation.EVERYWHERE,
    Relation.OWNER,
    Relation.CONTRIBUTOR,
    Relation.OTHER,
    Relation.GROUP,
    Relation.OWN_ACCOUNT,
)
_RANK = {relation.value: rank for rank, relation in enumerate(ORDER)}
_KINDS = ("User", GROUP, SERVICE_ACCOUNT)
SUBJECT, NAMESPACES = Column("SUBJECT"), Column("NAMESPACES")
CAN, TYPE = Column("CAN"), Column("TYPE")
TAIL = (
    Column("AS"),
    Column("ROLE"),
    Column("NOTE", optional=True, rank=1, footnote=True),
    Column("VERIFIED", optional=True),
    Column("BINDING", rank=2),
)


_Listed = tuple[Item, Sequence[Grant]]
"""An item, and those of its grants that a row is about."""


class _Same(NamedTuple):
    """What is the same in all namespaces of a row; *relation* is a position in ORDER."""

    relation: int
    who: Principal
    role: str
    note: str
    mark: str
    verified: str
    questions: tuple[int, ...]


class SubjectRow(NamedTuple):
    """A row: a subject, or with *accounts* those of one name in many namespaces."""

    same: _Same
    namespaces: Sequence[str]
    bindings: Sequence[str]
    accounts: tuple[Principal, ...] = ()

    @property
    def relation(self) -> Relation:
        return ORDER[self.same.relation]

    @property
    def subjects(self) -> tuple[Principal, ...]:
        """The subjects of the row."""
        return self.accounts or (self.same.who,)


class FoldedRows:
    """The rows of an answer; *folds_platform* leaves out the grants that releases ship."""

    def __init__(self, value: WhoCan, facts: Facts, *, folds_platform: bool) -> None:
        self._value = value
        self._facts = facts
        self._folds_platform = folds_platform
        self.questions = tuple(listing.question for listing in value.listings)
        self._combinations: dict[tuple[int, ...], Sequence[tuple[tuple[str, ...], tuple[str, ...]]]] = {}

    def columns(self) -> tuple[Column, ...]:
        """Return the columns that this question needs."""
        return (
            MARKS,
            SUBJECT,
            *((NAMESPACES,) if self._has_namespaces else ()),
            *((CAN,) if self._verb_count > 1 else ()),
            *((TYPE,) if len(self._titles) > 1 else ()),
            *TAIL,
        )

    @cached_property
    def _has_namespaces(self) -> bool:
        """Whether the question is about more than one namespace."""
        places = {question.namespaces for question in self.questions}
        return None in places or any(len(place or ()) > 1 for place in places)

    @cached_property
    def _verb_count(self) -> int:
        return len({question.request.verb for question in self.questions})

    @cached_property
    def _titles(self) -> Sequence[str]:
        return [*dict.fromkeys(question.title for question in self.questions)]

    def sections(self) -> tuple[Section, ...]:
        """Return the rows, those with a mark first."""
        return (Section("", [cells for row in self.rows for cells in self._cells(row)]),)

    @cached_property
    def rows(self) -> Sequence[SubjectRow]:
        """The rows in order."""
        return sorted(_with_accounts_folded(self._by_namespaces()), key=_order)

    @cached_property
    def folded_platform(self) -> frozenset[Principal]:
        """The subjects that have no row, because all their grants are the platform's."""
        shown_subjects = {item.who for item, _ in self._listed}
        every = {item.who for listing in self._value.listings for item in listing.items}
        return frozenset(every - shown_subjects)

    @cached_property
    def _listed(self) -> Sequence[_Listed]:
        """The items with those grants that the rows are about."""
        every = (item for listing in self._value.listings for item in listing.items)
        pairs = ((item, self._grants(item)) for item in every)
        return [(item, grants) for item, grants in pairs if grants]

    def _grants(self, item: Item) -> Sequence[Grant]:
        grants = first_of_each_binding(item.grants)
        if not self._folds_platform:
            return tuple(grants)
        return tuple(grant for grant in grants if not self._facts.is_platform(item, grant))

    def shared_rule_role(self) -> str:
        """Return the role whose rule all rows have by aggregation; "" if there are several, or none."""
        names: set[str] = set()
        paths: dict[tuple[str, tuple[str, str], object], str] = {}
        for _, grants in self._listed:
            for grant in grants:
                key = (grant.role.kind, grant.role.key, grant.rule)
                if key not in paths:
                    path = paths_of(grant, self._value.snapshot)[0]
                    paths[key] = path[-1] if len(path) > 1 else ""
                    names.add(paths[key])
            if len(names) > 1:
                return ""
        return names.pop() if names else ""

    def _by_namespaces(self) -> Iterator[SubjectRow]:
        """Yield a row for all namespaces in which a subject can do the same in the same way."""
        rows: dict[_Same, tuple[list[str], dict[str, None]]] = {}
        for (_, namespace), items in self._by_place().items():
            namespaces, bindings = rows.setdefault(self._same(items), ([], {}))
            namespaces.append(namespace)
            bindings.update((grant.binding.name, None) for _, grants in items for grant in grants)
        for same, (namespaces, bindings) in rows.items():
            yield SubjectRow(same, namespaces, [*bindings])

    def _by_place(self) -> dict[tuple[Principal, str], list[_Listed]]:
        """Return what each subject can do in each namespace: an item for each question."""
        places: dict[tuple[Principal, str], list[_Listed]] = {}
        for listed_item in self._listed:
            item = listed_item[0]
            places.setdefault((item.who, item.namespace), []).append(listed_item)
        return places

    def _same(self, items: Sequence[_Listed]) -> _Same:
        """Return what a row says of the items of one subject in one namespace."""
        (item, grants), *others = items
        if len(grants) == 1 and not others:
            return self._same_of_one(item, grants[0])  # most rows, and so worth a shorter way
        pairs = [(item, self._facts.judged(item, grant)) for item, grants in items for grant in grants]
        notes = dict.fromkeys(note for pair in pairs for note in self._facts.notes(*pair))
        roles = dict.fromkeys(_role_text(judged.grant.role) for _, judged in pairs)
        return _Same(
            min(_RANK[judged.relation.value] for _, judged in pairs),
            items[0][0].who,
            ", ".join(roles),
            "; ".join(notes),
            max(judged.mark for _, judged in pairs),
            ", ".join(dict.fromkeys(self._facts.verified_text(item) for item, _ in items)),
            tuple([self._positions[id(item.question)] for item, _ in items]),
        )

    def _same_of_one(self, item: Item, grant: Grant) -> _Same:
        judged = self._facts.judged(item, grant)
        return _Same(
            _RANK[judged.relation.value],
            item.who,
            _role_text(grant.role),
            "; ".join(dict.fromkeys(self._facts.notes(item, judged))),
            judged.mark,
            self._facts.verified_text(item),
            (self._positions[id(item.question)],),
        )

    @cached_property
    def _positions(self) -> dict[int, int]:
        """The position of each question by its id: items refer to the very same objects."""
        return {id(question): at for at, question in enumerate(self.questions)}

    def _combined(self, positions: tuple[int, ...]) -> Sequence[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return the verbs that can be done to the same types, remembered for all rows of these questions."""
        if positions not in self._combinations:
            self._combinations[positions] = tuple(_combined(self.questions, positions))
        return self._combinations[positions]

    def _cells(self, row: SubjectRow) -> Iterator[tuple[str, ...]]:
        """Yield the cells of a row; several if the subject cannot do the same to all types."""
        same = row.same
        count = counted(len(row.accounts), "account") if row.accounts else ""
        note = "; ".join(filter(None, (same.note, count)))
        for verbs, titles in self._combined(same.questions):
            yield (
                same.mark,
                _subject_text(row),
                *((_namespaces_text(row),) if self._has_namespaces else ()),
                *((",".join(map(shown, verbs)),) if self._verb_count > 1 else ()),
                *((",".join(map(shown, titles)),) if len(self._titles) > 1 else ()),
                row.relation.value,
                same.role,
                note,
                same.verified,
                few(listed(name) for name in row.bindings),
            )


def _combined(
    questions: Sequence[Question], positions: Iterable[int]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the verbs that can be done to the same types, with these types."""
    verbs_by_title: dict[str, list[str]] = {}
    for at in positions:
        verbs_by_title.setdefault(questions[at].title, []).append(questions[at].request.verb)
    titles_by_verbs: dict[tuple[str, ...], list[str]] = {}
    for title, verbs in verbs_by_title.items():
        titles_by_verbs.setdefault(tuple(verbs), []).append(title)
    return ((verbs, tuple(titles)) for verbs, titles in titles_by_verbs.items())


def _with_accounts_folded(rows: Iterable[SubjectRow]) -> Iterator[SubjectRow]:
    """Yield the rows, with one for own accounts of the same name that differ only in their namespace."""
    accounts: dict[tuple[str, _Same], list[SubjectRow]] = {}
    for row in rows:
        if row.relation is Relation.OWN_ACCOUNT and row.same.who.kind != GROUP:
            name = displayed(row.same.who).name
            without_who = row.same._replace(who=_NOBODY)
            accounts.setdefault((name, without_who), []).append(row)
        else:
            yield row
    for alike in accounts.values():
        if len(alike) == 1:
            yield alike[0]
            continue
        bindings = [*dict.fromkeys(name for row in alike for name in row.bindings)]
        namespaces = [name for row in alike for name in row.namespaces]
        yield alike[0]._replace(
            namespaces=namespaces, bindings=bindings, accounts=tuple(row.same.who for row in alike)
        )


_NOBODY = Principal("", "")


def _order(row: SubjectRow) -> tuple[bool, int, int, str, str, str]:
    subject = displayed(row.same.who)
    name = reference_text(subject)
    kind = _KINDS.index(subject.kind)
    return (row.same.mark != MARK_LOOK, row.same.relation, kind, name.lower(), name, row.namespaces[0])


def _subject_text(row: SubjectRow) -> str:
    subject = displayed(row.same.who)
    return f"sa:*/{part(subject.name)}" if row.accounts else reference_text(subject)


def _namespaces_text(row: SubjectRow) -> str:
    if row.accounts:
        return EACH_ITS_OWN
    return EVERYWHERE if row.namespaces == [""] else few(map(listed, row.namespaces))


def _role_text(role: AnyRole) -> str:
    """Return the name of a ClusterRole; a Role, whose name says nothing, has its kind in front."""
    return part(role.name, "/,") if role.kind == "ClusterRole" else f"Role/{part(role.name, '/,')}"
