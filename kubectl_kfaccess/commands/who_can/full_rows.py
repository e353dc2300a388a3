"""A row for each subject, namespace and binding, with the role, the path and the rule; and machine items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from kubectl_kfaccess.commands.who_can.answer import WhoCan
from kubectl_kfaccess.commands.who_can.facts import (
    ASSUMED,
    Facts,
    Judged,
    first_of_each_binding,
    first_relation,
)
from kubectl_kfaccess.output.blocks import MARKS, Column, Section
from kubectl_kfaccess.output.rbac_terms import CLUSTER_WIDE, path_text, paths_of, rule_text
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import grant_data, subject_data
from kubectl_kfaccess.rbac.evaluator import Grant
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.snapshot import Key
from kubectl_kfaccess.rbac.subjects import Principal, displayed
from kubectl_kfaccess.rbac.who_can import Item
from kubectl_kfaccess.terminal.safe_text import part, shown

COLUMNS = (
    MARKS,
    Column("NAMESPACE"),
    Column("KIND"),
    Column("SUBJECT"),
    Column("AS"),
    Column("BINDING"),
    Column("ROLE"),
    Column("NOTE", optional=True),
    Column("VERIFIED", optional=True),
    Column("PLATFORM", optional=True),
    Column("CAN"),
    Column("RESOURCE"),
    Column("RULE", wide=True),
    Column("OTHER-PATHS", wide=True),
)


class FullRows:
    """The rows and items of an answer, in the order of questions, namespaces and subjects."""

    def __init__(self, value: WhoCan, facts: Facts) -> None:
        self._value = value
        self._snapshot = value.snapshot
        self._facts = facts
        self._chains: dict[tuple[str, Key, PolicyRule], tuple[str, str, str]] = {}

    def sections(self) -> tuple[Section, ...]:
        """Return one section with all rows."""
        return (Section("", [row for item in self._items() for row in self._rows(item)]),)

    def items(self) -> Iterable[Data]:
        """Return the machine items."""
        return map(self._item, self._items())

    def _items(self) -> Iterator[Item]:
        return (item for listing in self._value.listings for item in listing.items)

    def _rows(self, item: Item) -> Iterator[tuple[str, ...]]:
        kind, name = _cells(item.who)
        namespace = shown(item.namespace) if item.namespace else CLUSTER_WIDE
        question = (shown(item.question.request.verb), shown(item.question.title))
        for grant in first_of_each_binding(item.grants):
            judged = self._facts.judged(item, grant)
            binding = f"{grant.binding.kind}/{shown(grant.binding.name)}"
            role, rule, others = self._chain(grant)
            yield (
                judged.mark,
                namespace,
                kind,
                name,
                judged.relation.value,
                binding,
                role,
                "; ".join(self._notes(item, judged)),
                self._facts.verified_text(item),
                "yes" if judged.is_platform else "",
                *question,
                rule,
                others,
            )

    def _notes(self, item: Item, judged: Judged) -> Iterator[str]:
        yield from self._facts.notes(item, judged)
        if self._facts.is_assumed(judged.grant):
            yield ASSUMED

    def _chain(self, grant: Grant) -> tuple[str, str, str]:
        """Return the role with its shortest aggregation path, the rule, and the other paths, with a cache."""
        key = (grant.role.kind, grant.role.key, grant.rule)
        if key not in self._chains:
            first, *others = map(path_text, paths_of(grant, self._snapshot))
            self._chains[key] = (f"{grant.role.kind}/{first}", rule_text(grant.rule), ", ".join(others))
        return self._chains[key]

    def _item(self, item: Item) -> Data:
        request = item.question.request
        every = [self._facts.judged(item, grant) for grant in item.grants]
        data: Data = {
            "group": request.group,
            "resource": request.resource,
            "subject": subject_data(item.subject),
            "namespace": item.namespace,
            "relation": first_relation(judged.relation for judged in every).key,
            "grants": [self._grant(item, judged) for judged in every],
            "verified": self._facts.is_verified(item),
        }
        if len(self._value.listings) > 1:
            data["verb"] = request.verb
        if item.names is not None:
            data["names"] = list(item.names)
        if item.through:
            data["through"] = subject_data(displayed(item.through))
        return data

    def _grant(self, item: Item, judged: Judged) -> Data:
        counts = self._facts.counts(item, judged.grant)
        return grant_data(judged.grant, self._snapshot, counts, platform=judged.is_platform)


@lru_cache(maxsize=65536)
def _cells(who: Principal) -> tuple[str, str]:
    subject = displayed(who)
    if subject.namespace:
        return subject.kind, f"{part(subject.namespace)}/{part(subject.name)}"
    return subject.kind, shown(subject.name)
