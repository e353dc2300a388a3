"""The answer of `who-can` as a report: a row per subject, namespace and binding, with its chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct, field

from kubectl_kfaccess.output.report import Column, Data, Report, Section
from kubectl_kfaccess.rbac.evaluator import Grant
from kubectl_kfaccess.rbac.known_subjects import Who
from kubectl_kfaccess.rbac.model import PolicyRule, Subject
from kubectl_kfaccess.rbac.queries import Question
from kubectl_kfaccess.rbac.snapshot import Gap, Key, Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, Principal, displayed
from kubectl_kfaccess.rbac.who_can import Item, Listing
from kubectl_kfaccess.terminal.safe_text import part, shown

CLUSTER_WIDE = "<all>"
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

    def report(self) -> Report:
        """Return the report; rows and machine items are made when a format wants them."""
        return Report(
            kind="WhoCan",
            columns=COLUMNS,
            sections=self._sections,
            head={"queries": [query for one in self.listings for query in queries(one.question)]},
            items=self._items,
            names=self._names,
            gaps=self.gaps,
            notes=self.notes,
            nothing=self._nothing(),
        )

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

    def _nothing(self) -> str:
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


def title(question: Question) -> str:
    """Return the heading of one question's table."""
    return shown(f"{question.request.verb} {question.title}")


def queries(question: Question) -> Iterator[Data]:
    """Yield the question as machine data: one per namespace, `null` for all of them."""
    request = question.request
    if question.namespaces is None:
        places: tuple[str | None, ...] = (None,)
    else:
        places = question.namespaces or ("",)
    for namespace in places:
        yield {
            "verb": request.verb,
            "group": request.group,
            "resource": request.resource,
            "subresource": request.subresource,
            "name": request.name,
            "namespace": namespace,
            "path": request.path or "",
        }


def where_text(question: Question) -> str:
    """Return where a question was asked, for a sentence."""
    if question.namespaces is None:
        return " in any namespace"
    if not question.namespaces:
        return ""
    if len(question.namespaces) > 3:
        return f" in any of {len(question.namespaces)} namespaces"
    return f" in {' or '.join(f'`{namespace}`' for namespace in question.namespaces)}"


def grant_data(grant: Grant, snapshot: Snapshot) -> Data:
    """Return a grant as machine data."""
    binding, role = grant.binding, grant.role
    return {
        "binding": {"kind": binding.kind, "namespace": binding.namespace, "name": binding.name},
        "role": {"kind": role.kind, "namespace": role.namespace, "name": role.name},
        "paths": [list(path) for path in paths_of(grant, snapshot)],
        "rule": msgspec.to_builtins(grant.rule) if grant.rule.verbs else None,  # a role that cannot be read
        "counts": {"kubectl": True, "kubeflow": grant.who.kind != GROUP},
        "assumed": is_assumed(grant, snapshot),
    }


def paths_of(grant: Grant, snapshot: Snapshot) -> tuple[tuple[str, ...], ...]:
    """Return the ways by which the rule came into the bound role, shortest first."""
    if grant.role.kind == "Role":
        return ((grant.role.name,),)
    return snapshot.aggregation.paths(grant.role.name, grant.rule)


def is_assumed(grant: Grant, snapshot: Snapshot) -> bool:
    """Whether a built-in binding or role makes the grant, which was merely assumed to be there."""
    return bool(snapshot.assumed) and (snapshot.is_assumed(grant.binding) or snapshot.is_assumed(grant.role))


def subject_data(subject: Subject) -> Data:
    """Return a subject as machine data; only accounts have a namespace."""
    data: dict[str, Any] = {"kind": subject.kind, "name": subject.name}
    return {**data, "namespace": subject.namespace} if subject.namespace else data


def who_data(who: Who) -> Data:
    """Return whom a question is about: the subject, its user name, and the groups that count for kubectl."""
    groups = {"groups": list(who.groups), "impliedGroups": list(who.implied)}
    return {**subject_data(who.subject), "user": who.user, **groups}


def name_line(subject: Subject) -> str:
    """Return a subject as `-o name` writes it: `user/NAME`, `serviceaccount/NAMESPACE/NAME`."""
    if subject.namespace:
        return f"{subject.kind.lower()}/{part(subject.namespace)}/{part(subject.name)}"
    return f"{subject.kind.lower()}/{shown(subject.name)}"


def rule_text(rule: PolicyRule) -> str:
    """Return a rule in one cell: verbs, then what they apply to."""
    listed = [
        f"{key}={','.join(part(value, ' ,') if value else '<empty>' for value in values)}"
        for key, values in (
            ("verbs", rule.verbs),
            ("apiGroups", rule.api_groups),
            ("resources", rule.resources),
            ("resourceNames", rule.resource_names),
            ("nonResourceURLs", rule.non_resource_urls),
        )
        if values
    ]
    return " ".join(listed)
