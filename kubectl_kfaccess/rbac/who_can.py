"""Who can do something: grants, put together to an item for each subject and namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import (
    ALL_SERVICE_ACCOUNTS,
    GROUP,
    SERVICE_ACCOUNT_PREFIX,
    USER,
    Principal,
    displayed,
)


class Item(Struct, frozen=True, gc=False):
    """
    A subject that is allowed the request in *namespace* ("": cluster-wide), and all its grants there.

    *names_only* means that only objects of certain names are granted, and the request has no name. *through*
    is the group of a member that is listed because groups are expanded.
    """

    question: Question
    who: Principal
    namespace: str
    grants: tuple[Grant, ...]
    names_only: bool = False
    through: Principal | None = None

    @property
    def subject(self) -> Subject:
        """The subject; a service account's user name becomes that account."""
        return displayed(self.who)

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names of the objects that are granted, None for any name."""
        if not self.names_only:
            return None
        return tuple(sorted({name for grant in self.grants for name in grant.rule.resource_names}))


class Listing(Struct, frozen=True):
    """
    The subjects that are allowed the request of *question*.

    *named* are allowed it only for objects of certain names. *uncertain* depend on an aggregation cycle.
    """

    question: Question
    items: tuple[Item, ...]
    named: tuple[Item, ...] = ()
    uncertain: tuple[Item, ...] = ()


def list_subjects(evaluator: Evaluator, question: Question) -> Listing:
    """Return the subjects that are allowed the question's request, cluster-wide and in its namespaces."""
    without_name = not question.request.name
    grants = list(evaluator.grants(question.request, question.namespaces, any_name=without_name))
    certain = _items(question, (grant for grant in grants if grant.certain and not grant.named))
    known = {(item.namespace, item.who) for item in certain}
    named = _items(question, (grant for grant in grants if grant.certain and grant.named), names_only=True)
    doubtful = _items(question, (grant for grant in grants if not grant.certain and not grant.named))
    return Listing(question, certain, _beyond(known, named), _beyond(known, doubtful))


def merged(items: tuple[Item, ...], more: Iterable[Item]) -> tuple[Item, ...]:
    """Return *items* and *more*, sorted by namespace, kind and name."""
    return tuple(sorted((*items, *more), key=lambda item: (item.namespace, item.who.kind, item.who.name)))


def with_accounts(items: tuple[Item, ...], snapshot: Snapshot) -> tuple[Item, ...]:
    """Return *items* and the existing accounts of each group of service accounts among them."""
    return with_members(items, lambda group: _users(_accounts(group, snapshot)))


def with_members(items: tuple[Item, ...], members: Callable[[str], Iterable[str]]) -> tuple[Item, ...]:
    """Return *items* and the users that *members* returns for each group among them."""
    known = {(item.namespace, item.who) for item in items}
    more: dict[tuple[str, Principal], Item] = {}
    for item in items:
        for name in members(item.who.name) if item.who.kind == GROUP else ():
            who = Principal(USER, name)
            if (item.namespace, who) not in known:
                more.setdefault((item.namespace, who), replace(item, who=who, through=item.who))
    return merged(items, more.values())


def _users(accounts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the user names of accounts, which are pairs (namespace, name)."""
    return (f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}" for namespace, name in accounts)


def _accounts(group: str, snapshot: Snapshot) -> Iterable[tuple[str, str]]:
    if group == ALL_SERVICE_ACCOUNTS:
        return sorted(snapshot.service_accounts)
    parent, _, namespace = group.rpartition(":")
    if parent != ALL_SERVICE_ACCOUNTS:
        return ()
    return sorted(key for key in snapshot.service_accounts if key[0] == namespace)


def _beyond(known: set[tuple[str, Principal]], items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the items whose subject is not *known*, neither in that namespace nor cluster-wide."""
    return tuple(i for i in items if (i.namespace, i.who) not in known and ("", i.who) not in known)


def _items(question: Question, grants: Iterable[Grant], *, names_only: bool = False) -> tuple[Item, ...]:
    grants_by_place: dict[tuple[str, Principal], list[Grant]] = {}
    for grant in grants:
        grants_by_place.setdefault((grant.binding.namespace, grant.who), []).append(grant)
    return tuple(
        Item(question, who, namespace, tuple(grants_by_place[namespace, who]), names_only)
        for namespace, who in sorted(grants_by_place, key=lambda key: (key[0], key[1].kind, key[1].name))
    )
