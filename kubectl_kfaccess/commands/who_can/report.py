"""The report of `who-can`: a row per subject, namespace and binding, with the role and the rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from kubectl_kfaccess.commands.who_can.answer import WhoCan
from kubectl_kfaccess.commands.who_can.arguments import KIND, Options
from kubectl_kfaccess.kubeflow.planes.counting import Counts, ResourceVerb, grant_counts
from kubectl_kfaccess.kubeflow.planes.installed_services import installed_services
from kubectl_kfaccess.output.blocks import Column, Section, Table
from kubectl_kfaccess.output.counts_text import difference_text
from kubectl_kfaccess.output.rbac_terms import (
    CLUSTER_WIDE,
    is_assumed,
    name_line,
    path_text,
    paths_of,
    queries,
    rule_text,
    title,
    where_text,
)
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.output.shapes import grant_data, subject_data
from kubectl_kfaccess.rbac.evaluator import Grant
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.snapshot import Key
from kubectl_kfaccess.rbac.subjects import Principal, displayed
from kubectl_kfaccess.rbac.who_can import Item, Listing
from kubectl_kfaccess.terminal.safe_text import listed, part, shown

VERIFIED = {True: "yes", False: "no", None: "?"}
COLUMNS = (
    Column("NAMESPACE"),
    Column("KIND"),
    Column("SUBJECT"),
    Column("BINDING", rank=2),
    Column("ROLE"),
    Column("NOTE", optional=True, rank=1, footnote=True),
    Column("VERIFIED", optional=True),
    Column("RESOURCE", wide=True),
    Column("RULE", wide=True),
    Column("OTHER-PATHS", wide=True),
)


def report(value: WhoCan, options: Options) -> Report:
    """Return the report; rows and machine items are made when a format asks for them."""
    rows = _Rows(value, marks_services=options.plane is None)
    table = Table(COLUMNS, rows.sections)
    return Report(
        kind=KIND,
        blocks=(table,),
        table=table,
        head=lambda: {"queries": [query for each in value.listings for query in queries(each.question)]},
        items=rows.items,
        names=lambda: _names(value),
        remarks=() if any(listing.items for listing in value.listings) else (_empty_table_remark(value),),
    )


class _Rows:
    """The rows and items of listings; *marks_services*: a note says for which services a grant counts."""

    def __init__(self, value: WhoCan, *, marks_services: bool) -> None:
        self._value = value
        self._snapshot = value.snapshot
        self._marks_services = marks_services
        self._services = installed_services(value.snapshot)
        self._chains: dict[tuple[str, Key, PolicyRule], tuple[str, str, str]] = {}

    def sections(self) -> tuple[Section, ...]:
        """Return a section for each question."""
        return tuple(self._section(listing) for listing in self._value.listings)

    def _section(self, listing: Listing) -> Section:
        resource = shown(listing.question.title)
        rows = [row for item in listing.items for row in self._rows(item, resource)]
        return Section(title(listing.question), rows)

    def items(self) -> Iterable[Data]:
        """Return the machine items."""
        return (self._item(item) for listing in self._value.listings for item in listing.items)

    def _rows(self, item: Item, resource: str) -> Iterator[tuple[str, ...]]:
        kind, name = _cells(item.who)
        namespace = shown(item.namespace) if item.namespace else CLUSTER_WIDE
        verified = "" if self._value.verified is None else VERIFIED[self._verified(item)]
        for grant in _first_of_each_binding(item.grants):
            binding = f"{grant.binding.kind}/{shown(grant.binding.name)}"
            role, rule, others = self._chain(grant)
            note = self._note(item, grant)
            yield (namespace, kind, name, binding, role, note, verified, resource, rule, others)

    def _chain(self, grant: Grant) -> tuple[str, str, str]:
        """Return the role with its shortest aggregation path, the rule, and the other paths, with a cache."""
        key = (grant.role.kind, grant.role.key, grant.rule)
        if key not in self._chains:
            first, *others = map(path_text, paths_of(grant, self._snapshot))
            self._chains[key] = (f"{grant.role.kind}/{first}", rule_text(grant.rule), ", ".join(others))
        return self._chains[key]

    def _note(self, item: Item, grant: Grant) -> str:
        notes = []
        if item.through:
            notes.append(f"through group {listed(item.through.name, '; ')}")
        if item.names is not None:
            notes.append(f"only {', '.join(listed(name, ', ', '; ') for name in item.names)}")
        if self._marks_services:
            notes += _service_notes(self._counts(item, grant))
        if is_assumed(grant, self._snapshot):
            notes.append("built-in, assumed")
        return "; ".join(notes)

    def _item(self, item: Item) -> Data:
        data: Data = {
            "group": item.question.request.group,
            "resource": item.question.request.resource,
            "subject": subject_data(item.subject),
            "namespace": item.namespace,
            "grants": [grant_data(grant, self._snapshot, self._counts(item, grant)) for grant in item.grants],
            "verified": self._verified(item),
        }
        if item.names is not None:
            data["names"] = list(item.names)
        if item.through:
            data["through"] = subject_data(displayed(item.through))
        return data

    def _counts(self, item: Item, grant: Grant) -> Counts:
        """Return for which of the services that ask the item's question *grant* counts."""
        request = item.question.request
        return grant_counts(
            grant, ResourceVerb(request.group, request.combined_resource, request.verb), self._services
        )

    def _verified(self, item: Item) -> bool | None:
        return (self._value.verified or {}).get((item.question.title, item.who, item.namespace))


def _service_notes(counts: Counts) -> Iterator[str]:
    """Yield a note if some of the services that ask do not let the grant count, or none of them does."""
    if counts and not any(counts.values()):
        yield "does not count in Kubeflow"
    elif difference := difference_text(counts):
        yield difference


def _names(value: WhoCan) -> list[str]:
    subjects = {item.subject for listing in value.listings for item in listing.items}
    return sorted(name_line(subject) for subject in subjects)


def _empty_table_remark(value: WhoCan) -> str:
    """Return the remark that explains an empty table."""
    questions = [listing.question for listing in value.listings]
    what = " or ".join(f"`{question.request.verb} {question.title}`" for question in questions)
    where = where_text(value.listings[0].question)
    if value.subject_count:
        return f"the flags leave out everybody who may {what}{where}: {value.subject_count} in all"
    if value.incomplete:
        return f"not known who may {what}{where}: what could be read grants it to nobody"
    return f"nobody may {what}{where}, by RBAC"


@lru_cache(maxsize=65536)
def _cells(who: Principal) -> tuple[str, str]:
    subject = displayed(who)
    if subject.namespace:
        return subject.kind, f"{part(subject.namespace)}/{part(subject.name)}"
    return subject.kind, shown(subject.name)


def _first_of_each_binding(grants: tuple[Grant, ...]) -> Iterable[Grant]:
    """Return the first grant of each binding, sorted by binding."""
    if len(grants) == 1:
        return grants
    first = {grant.binding.key: grant for grant in reversed(grants)}
    return (first[key] for key in sorted(first))
