"""What somebody reaches by steps after a change of the cluster, and did not reach before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from kubectl_kfaccess.escalation.changed import Changed, changed, concerned
from kubectl_kfaccess.escalation.closure import Escalation, Reached
from kubectl_kfaccess.escalation.edge import Edge
from kubectl_kfaccess.escalation.nodes import ANY_RULES, EVERY_NAMESPACE, Kind, Node, identity_node
from kubectl_kfaccess.rbac.subjects import (
    ALL_SERVICE_ACCOUNTS,
    AUTHENTICATED,
    GROUP,
    SERVICE_ACCOUNT,
    USER,
    Identity,
    Principal,
)

_COMMON = (AUTHENTICATED, ALL_SERVICE_ACCOUNTS)
WHOLE = ""
"""The place of what reaches every namespace."""
NewAccess = Mapping[Principal, Collection[str]]
"""The namespaces ("": the whole cluster) in which principals are allowed more than before."""


class Gain(Struct, frozen=True):
    """
    Something in the namespace *place* ("": in every one) that is *reached* and was not before.

    *is_access*: it is not there itself, but is allowed something there. Then it was perhaps reached before
    (without *is_new*), and is allowed more.
    """

    reached: Reached
    place: str
    is_access: bool
    is_new: bool

    @property
    def is_proved(self) -> bool:
        """Whether no step depends on a condition that cannot be read."""
        return self.reached.is_proved


class Gains:
    """Compares what is reached in two states of a cluster."""

    def __init__(self, before: Escalation, after: Escalation) -> None:
        self.before = before
        self.after = after

    def concerned(self, access: NewAccess) -> frozenset[Principal]:
        """Return the principals who can reach more than before, with some who do not."""
        where = self._changed.with_accounts(access)
        if not (where.who or where.namespaces or access):
            return frozenset()
        return concerned(where, self.after.graph, self.after.facts.snapshot)

    def of(self, identity: Identity, access: NewAccess) -> Iterator[Gain]:
        """
        Yield what *identity* reaches by at least one step and did not before, the best way first.

        *access* says who is allowed more than before without any step. What was possible before and is proved
        now is a gain.
        """
        reached = [each for each in self.after.reached(identity) if each.length]
        if not reached:
            return
        sides = [*(self.before if self._can_differ(identity) else self.after).visited(identity)]
        known = {False: _Known(node for node, _ in sides), True: _Known(n for n, proved in sides if proved)}
        for each in reached:
            before = known[each.is_proved]
            here = place_of(each.node)
            if here is not None and not before.covers(each.node):
                yield Gain(each, here, is_access=False, is_new=True)
            is_new = not before.has_identity(each.node)
            for place in self._access_places(each.node, access, is_new=is_new):
                if place != here:
                    yield Gain(each, place, is_access=True, is_new=is_new)

    def _can_differ(self, identity: Identity) -> bool:
        """Return whether *identity*, or what it reaches, has steps that were perhaps not there before."""
        start = identity_node(identity)
        nodes = (start, *(node for node, _ in self.after.visited(identity)))
        return any(map(self._changed.touches, nodes))

    def has_before(self, node: Node, edge: Edge) -> bool:
        """Return whether the edge from *node* was there before, as certain as it is now."""
        edges = self.before.graph.edges(node)
        return any(each.to == edge.to and each.is_proved >= edge.is_proved for each in edges)

    @cached_property
    def _changed(self) -> Changed:
        graphs = (self.before.graph, self.after.graph)
        return changed(*graphs, (self.before.facts, self.after.facts))

    def _access_places(self, node: Node, access: NewAccess, *, is_new: bool) -> Iterable[str]:
        """Return where somebody is allowed something; unless they are new, only where that is new."""
        if node.kind is not Kind.IDENTITY:
            return ()
        bound = self.after.facts.snapshot.places if is_new else access
        return dict.fromkeys(place for who in own_principals(node.identity) for place in bound.get(who, ()))


def place_of(node: Node) -> str | None:
    """Return the namespace that *node* is in, "" for all of them; None if it is in none."""
    if node.kind in (Kind.CODE, Kind.DATA, Kind.HOLDER):
        return WHOLE if node.namespace == EVERY_NAMESPACE else node.namespace
    if node.kind in (Kind.CLUSTER, Kind.NODE):
        return WHOLE
    subject = node.subject
    is_account = subject is not None and subject.kind == SERVICE_ACCOUNT
    return subject.namespace if is_account and subject else None


def own_principals(identity: Identity) -> Iterator[Principal]:
    """Yield the principals of *identity* without the groups that everybody is in."""
    if identity.user:
        yield Principal(USER, identity.user)
    yield from (Principal(GROUP, name) for name in identity.groups if name not in _COMMON)


class _Known:
    """What was reached: *nodes*, with the sets on the way to their members."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._nodes = frozenset(nodes)
        self._has_all = any(node.kind is Kind.CLUSTER for node in self._nodes)

    @cached_property
    def _names(self) -> frozenset[tuple[Kind, str, str]]:
        return frozenset((node.kind, node.namespace, node.name) for node in self._nodes)

    @cached_property
    def _identities(self) -> frozenset[tuple[str, tuple[str, ...]]]:
        return frozenset((node.user, node.groups) for node in self._nodes if node.kind is Kind.IDENTITY)

    def has_identity(self, node: Node) -> bool:
        """Whether the identity of *node* was reached, however it is held: so an account did exist."""
        return self._has_all or (node.user, node.groups) in self._identities

    def covers(self, node: Node) -> bool:
        """
        Whether *node* was reached, or something that includes it; however it is held.

        Code that can run as any account includes all accounts of its namespace, those to come as well.
        """
        if self._has_all or node in self._nodes:
            return True
        if node.kind in (Kind.CODE, Kind.DATA):
            return self._includes((node.kind,), node.namespace, node.name)
        if node.kind is Kind.HOLDER:
            wider = (WHOLE, EVERY_NAMESPACE) if node.namespace else (WHOLE,)
            return any(self._holds(node, place) for place in (node.namespace, *wider))
        if node.user and (node.user, node.groups) in self._identities:
            return True
        subject = node.subject
        if subject is None or subject.kind != SERVICE_ACCOUNT:
            return any(kind is Kind.PEOPLE for kind, _, _ in self._names) and bool(node.user)
        return self._includes((Kind.CODE, Kind.ACCOUNTS), subject.namespace or "", subject.name)

    def _includes(self, kinds: Iterable[Kind], namespace: str, name: str) -> bool:
        places, names = dict.fromkeys((namespace, WHOLE)), dict.fromkeys((name, ""))
        return any((kind, place, each) in self._names for kind in kinds for place in places for each in names)

    def _holds(self, node: Node, place: str) -> bool:
        """Whether the role of a HOLDER, or any role, was held in *place* by the same identity."""
        return any(
            each.kind is Kind.HOLDER
            and each.namespace == place
            and each.role in (node.role, ANY_RULES)
            and each.user == node.user
            for each in self._nodes
        )
