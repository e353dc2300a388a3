"""
Whose steps a change of the cluster can add to, so that nobody else has to be looked at.

What principals are granted is compared by the roles that are bound to them: thousands of bindings to a role
are one comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from kubectl_kfaccess.escalation.edges import Graph
from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.nodes import Kind, Node, principal_node
from kubectl_kfaccess.escalation.step_type import Yield
from kubectl_kfaccess.rbac.model import Role, RoleRef
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import (
    ALL_SERVICE_ACCOUNTS,
    ANONYMOUS,
    AUTHENTICATED,
    GROUP,
    UNAUTHENTICATED,
    USER,
    Principal,
    displayed,
    home_of_accounts,
)

_OF_OTHER_OBJECTS = frozenset(
    (
        Yield.ROLE,
        Yield.ROLE_OF_BINDING,
        Yield.RULES_OF_BOUND_ROLE,
        Yield.RULES_OF_MISSING_ROLE,
        Yield.RULES_OF_AGGREGATED_ROLE,
        Yield.PROFILE_ADMIN,
        Yield.LIMITED_USER,
        Yield.LIMITED_ACCOUNT,
    )
)
"""What depends on other roles and bindings than those that grant the step."""
_BY_CODE = frozenset(
    (
        Yield.CODE,
        Yield.CODE_AS,
        Yield.DEFAULT_CODE,
        Yield.WORKSPACE_CODE,
        Yield.ACCOUNT,
        Yield.SOME_ACCOUNT,
        Yield.API_ACCOUNT,
        Yield.SOME_API_ACCOUNT,
    )
)
"""What those who run code as any account of a namespace have already: all accounts that exist."""
Roles = tuple[tuple[int, str, RoleRef], ...]
"""Roles, each with the state that it is granted in: 0 before, 1 after; and the namespace of a Role."""
_COMMON = (AUTHENTICATED, ALL_SERVICE_ACCOUNTS)
_EVERYBODY = (
    *(Principal(GROUP, name) for name in (*_COMMON, UNAUTHENTICATED)),
    Principal(USER, ANONYMOUS),
)


class Changed(Struct, frozen=True):
    """
    Where the steps of two states can differ: at *who*, and at the code and accounts of *namespaces*.

    Everybody who reaches one of them is concerned as well.
    """

    who: frozenset[Principal]
    namespaces: frozenset[str]

    def touches(self, node: Node) -> bool:
        """Return whether *node* can have steps that it had not before."""
        if node.kind is Kind.PEOPLE or (node.user and Principal(USER, node.user) in self.who):
            return True
        if node.kind in (Kind.CODE, Kind.ACCOUNTS):
            return node.namespace in self.namespaces or bool(not node.namespace and self.namespaces)
        return any(Principal(GROUP, name) in self.who for name in node.groups)

    def with_accounts(self, who: Iterable[Principal]) -> Changed:
        """Return the same with the namespaces of those of *who* that are accounts."""
        return Changed(self.who, self.namespaces | frozenset(filter(None, map(_home, who))))


def changed(before: Graph, after: Graph, facts: tuple[Facts, Facts]) -> Changed:
    """Return where *after* can have steps that *before* has not; *facts* are those of both."""
    comparing = _Comparing(before, after, facts)
    return Changed(frozenset(comparing.principals()), frozenset(_namespaces(*facts)))


class _Comparing:
    """Compares what principals can do of all that steps need, each set of roles once."""

    def __init__(self, before: Graph, after: Graph, facts: tuple[Facts, Facts]) -> None:
        self._graphs = (before, after)
        self._sides = tuple(each.snapshot for each in facts)
        self._cluster_wide = {who for side in self._sides for who in side.bound.get("", ())}
        self._known: dict[object, bool] = {}

    def principals(self) -> Iterator[Principal]:
        """Yield the principals who can have more steps, some of them more than once."""
        for place, bound in self._sides[1].bound.items():
            for who in bound:
                names = _names(who)
                whole = self._whole(names)
                if self._gains(who, place, (whole, self._roles(names, place) if place else ())):
                    yield who

    def _whole(self, names: tuple[Principal, ...]) -> Roles:
        """Return the roles that ClusterRoleBindings grant to *names*: to most of them none."""
        return self._roles(names, "") if any(name in self._cluster_wide for name in names) else ()

    def _roles(self, names: tuple[Principal, ...], place: str) -> Roles:
        """Return the roles that bindings in *place* grant to *names* in each state."""
        return tuple(
            (number, place if binding.role_ref.kind == Role.kind else "", binding.role_ref)
            for number, side in enumerate(self._sides)
            if (index := side.bound.get(place))
            for name in names
            for binding in index.get(name, ())
        )

    def _gains(self, who: Principal, place: str, roles: tuple[Roles, Roles]) -> bool:
        key = (bool(place), who.kind, bool(_home(who)), roles)
        known = self._known.get(key)
        if known is not None:
            return known
        node = principal_node(who)
        before, after = (graph.choices(node, place) for graph in self._graphs)
        known_before = {outcome for choice in before for outcome in choice.outcomes}
        runs_code = any(each.option.yields is Yield.CODE and not each.option.conditions for each in before)
        gains = any(
            choice.option.yields in _OF_OTHER_OBJECTS
            or not (choice.outcomes <= known_before or (runs_code and choice.option.yields in _BY_CODE))
            for choice in after
        )
        if not any(graph.names_decide(node, place) for graph in self._graphs):
            self._known[key] = gains
        return gains


def _names(who: Principal) -> tuple[Principal, ...]:
    """Return *who*, and the group of the accounts of a namespace if it is one of them."""
    home = _home(who) if who.kind == USER else ""
    return (who, Principal(GROUP, f"{ALL_SERVICE_ACCOUNTS}:{home}")) if home else (who,)


def _namespaces(before: Facts, after: Facts) -> Iterator[str]:
    """Yield the namespaces whose accounts, labels or profile differ."""
    old, new = before.snapshot, after.snapshot
    if old.service_accounts is not new.service_accounts:
        keys = new.service_accounts.items()
        yield from (key[0] for key, value in keys if old.service_accounts.get(key) != value)
    for name in ("namespaces", "profiles"):
        sides = (getattr(old, name), getattr(new, name))
        if sides[0] is not sides[1]:
            yield from (key[1] for key, value in sides[1].items() if sides[0].get(key) != value)
    for namespace, names in after.bound_accounts.items():
        absent = [name for name in names if after.exists(namespace, name) is False]
        bound = before.bound_accounts.get(namespace, ())
        if any(name not in bound or before.exists(namespace, name) is not False for name in absent):
            yield namespace


def concerned(where: Changed, after: Graph, snapshot: Snapshot) -> frozenset[Principal]:
    """
    Return the principals who can reach what is in *where*: a few who do not reach it are among them.

    A step to an account needs a permission in its namespace or in the whole cluster, and a step to anybody
    else needs one in the whole cluster. So the bindings there name everybody who can take it.
    """
    if any(after.edges(principal_node(who)) for who in _EVERYBODY):
        return snapshot.principals
    starts: set[Principal] = set()
    seen: set[str] = set()
    pending = {*where.namespaces, "", *filter(None, map(_home, where.who))}
    new: Iterable[Principal] = where.who & snapshot.principals
    while pending:
        place = pending.pop()
        seen.add(place)
        starts.update(new, more := snapshot.bound.get(place, {}))
        pending |= {*filter(None, map(_home, more))} - seen
        new = ()
    return frozenset(starts) | _members(seen - {""}, snapshot)


def _members(namespaces: set[str], snapshot: Snapshot) -> frozenset[Principal]:
    """Return the accounts of *namespaces* that bindings name: their group can be what was changed."""
    return frozenset(who for who in snapshot.principals if _home(who) in namespaces)


def _home(who: Principal) -> str:
    return home_of_accounts(displayed(who))
