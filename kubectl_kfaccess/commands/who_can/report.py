"""The answer of `who-can` as a report: a row per subject, namespace and binding, with its chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct, field

from kubectl_kfaccess.output.blocks import Column, Section, Table
from kubectl_kfaccess.output.rbac_terms import (
    CLUSTER_WIDE,
    grant_data,
    is_assumed,
    name_line,
    paths_of,
    queries,
    rule_text,
    subject_data,
    title,
    where_text,
)
from kubectl_kfaccess.output.report import Data, Report, Response
from kubectl_kfaccess.rbac.evaluator import Grant
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.snapshot import Gap, Key, Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, Principal, displayed
from kubectl_kfaccess.rbac.who_can import Item, Listing
from kubectl_kfaccess.terminal.safe_text import part, shown

VERIFIED = {True: "yes", False: "no", None: "?"}
COLUMNS = (
    Column("NAMESPACE"),
    Column("KIND"),
    Column("SUBJECT"),
    Column("BINDING"),
    Column("ROLE"),
    Column("NOTE", optional=True),
    Column("VERIFIED", optional=True),
    Column("RESOURCE", wide=True),
    Column("RULE", wide=True),
    Column("OTHER-PATHS", wide=True),
)


class WhoCan(Struct, frozen=True):
    """
    Everything that the report says: the listings, as they are to be shown, and their circumstances.

    *hidden* is how many subjects there would be, had flags not narrowed the listings; *verified* what the
    server says of a row: by question, subject and namespace. Grants that do not count are *marked* unless the
    question is about one plane only.
    """

    snapshot: Snapshot
    listings: tuple[Listing, ...]
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...]
    hidden: int = 0
    verified: Mapping[tuple[str, Principal, str], bool | None] | None = None
    marked: bool = True
    _chains: dict[tuple[str, Key, PolicyRule], tuple[str, str, str]] = field(default_factory=dict)

    def report(self) -> Response:
        """Return the report; rows and machine items are made when a format wants them."""
        table = Table(COLUMNS, self._sections)
        report = Report(
            kind="WhoCan",
            blocks=(table,),
            table=table,
            head=lambda: {"queries": [query for one in self.listings for query in queries(one.question)]},
            items=self._items,
            names=self._names,
        )
        return Response(report, self.gaps, self.notes)

    def _sections(self) -> tuple[Section, ...]:
        return tuple(
            Section(title(one.question), [row for item in one.items for row in self._rows(item, resource)])
            for one in self.listings
            for resource in (shown(one.question.title),)
        )

    def _rows(self, item: Item, resource: str) -> Iterator[tuple[str, ...]]:
        kind, name = _cells(item.who)
        namespace = shown(item.namespace) if item.namespace else CLUSTER_WIDE
        verified = "" if self.verified is None else VERIFIED[self._verified(item)]
        for grant in _first_of_each_binding(item.grants):
            binding = f"{grant.binding.kind}/{part(grant.binding.name)}"
            role, rule, others = self._chain(grant)
            note = self._note(item, grant)
            yield (namespace, kind, name, binding, role, note, verified, resource, rule, others)

    def _chain(self, grant: Grant) -> tuple[str, str, str]:
        """The role with its shortest aggregation path, the rule, and the other paths; remembered by rule."""
        key = (grant.role.kind, grant.role.key, grant.rule)
        if key not in self._chains:
            first, *others = (" <- ".join(map(part, path)) for path in paths_of(grant, self.snapshot))
            self._chains[key] = (f"{grant.role.kind}/{first}", rule_text(grant.rule), ", ".join(others))
        return self._chains[key]

    def _note(self, item: Item, grant: Grant) -> str:
        said = []
        if item.through:
            said.append(f"through group {part(item.through.name)}")
        if item.names is not None:
            said.append(f"only {', '.join(map(part, item.names))}")
        virtual = item.question.type and item.question.type.virtual
        if self.marked and grant.who.kind == GROUP and virtual:
            said.append("does not count in Kubeflow")
        if is_assumed(grant, self.snapshot):
            said.append("built-in, assumed")
        return "; ".join(said)

    def _items(self) -> Iterable[Data]:
        return (self._item(item) for one in self.listings for item in one.items)

    def _item(self, item: Item) -> Data:
        data: Data = {
            "group": item.question.request.group,
            "resource": item.question.request.resource,
            "subject": subject_data(item.subject),
            "namespace": item.namespace,
            "grants": [grant_data(grant, self.snapshot) for grant in item.grants],
            "verified": self._verified(item),
        }
        if item.names is not None:
            data["names"] = list(item.names)
        if item.through:
            data["through"] = subject_data(displayed(item.through))
        return data

    def _verified(self, item: Item) -> bool | None:
        return (self.verified or {}).get((item.question.title, item.who, item.namespace))

    def _names(self) -> Iterable[str]:
        subjects = {item.subject for one in self.listings for item in one.items}
        return sorted(name_line(subject) for subject in subjects)

    def nothing(self) -> str:
        """Return what to say of an empty table."""
        asked = " or ".join(f"`{one.question.request.verb} {one.question.title}`" for one in self.listings)
        where = where_text(self.listings[0].question)
        if self.hidden:
            return f"the flags leave out everybody who may {asked}{where}: {self.hidden} in all"
        if self.gaps:
            return f"not known who may {asked}{where}: what could be read grants it to nobody"
        return f"nobody may {asked}{where}, by RBAC"


@lru_cache(maxsize=65536)
def _cells(who: Principal) -> tuple[str, str]:
    subject = displayed(who)
    if subject.namespace:
        return subject.kind, f"{part(subject.namespace)}/{part(subject.name)}"
    return subject.kind, shown(subject.name)


def _first_of_each_binding(grants: tuple[Grant, ...]) -> Iterable[Grant]:
    if len(grants) == 1:
        return grants
    first = {grant.binding.key: grant for grant in reversed(grants)}
    return (first[key] for key in sorted(first))
