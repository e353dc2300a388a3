"""
The roles that tenants have, each once, however many bindings name it, and where their rules are written.

A binding concerns tenants if it is in the namespace of one, or if it names somebody who is at home in one, or
everybody. What a release binds to everybody does not count.
"""

from __future__ import annotations

import enum
from collections.abc import Container, Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.escalation.powers import EVERYTHING
from kubectl_kfaccess.kubeflow.aggregation.roles import LEVELS, is_kubernetes_own
from kubectl_kfaccess.kubeflow.aggregation.shipped_rules import unshipped
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.kubeflow.tenants.platform_grants import PlatformGrants
from kubectl_kfaccess.rbac.aggregation_tree import members
from kubectl_kfaccess.rbac.model import AnyRole, Binding, PolicyRule, RoleRef
from kubectl_kfaccess.rbac.reach import RoleKey, role_key
from kubectl_kfaccess.rbac.rules import rule_allows
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Principal, displayed, home_of_accounts

CLUSTER = ""
"""The place of what ClusterRoleBindings grant."""


class Side(enum.Enum):
    """Who a role is bound to."""

    OWN = "own"  # accounts of the namespace that the binding is in
    TENANT = "tenant"  # people, groups, and accounts of other tenants
    OUTSIDE = "outside"  # accounts of namespaces that are no tenant's
    CLUSTER = "cluster"  # subjects of ClusterRoleBindings that are at home in a tenant, or everybody


TENANTS = (Side.OWN, Side.TENANT, Side.CLUSTER)
GUESTS = (Side.TENANT, Side.OUTSIDE, Side.CLUSTER)


class Held(Struct, frozen=True):
    """The *subjects* that have a role, and the *places* where: namespaces, and CLUSTER."""

    subjects: frozenset[Principal] = frozenset()
    places: frozenset[str] = frozenset()

    def __or__(self, other: Held) -> Held:
        """Return both together."""
        return Held(self.subjects | other.subjects, self.places | other.places)

    def without(self, subjects: frozenset[Principal]) -> Held:
        """Return the same without *subjects*."""
        return Held(self.subjects - subjects, self.places)

    def __bool__(self) -> bool:
        """Whether anybody has the role."""
        return bool(self.subjects)


class BoundRole(Struct, frozen=True):
    """A role that bindings name: its *key*, the first *binding*, and who has it."""

    key: RoleKey
    binding: Binding
    held: Mapping[Side, Held]


class SourceRole(Struct, frozen=True):
    """
    A *role* in which *rules* are written that tenants have through the roles *bound*; it can be one of them.

    The rules *unshipped* are those that no release gives it for tenants. Of the roles that are
    *kubernetes_own*, only those that make `admin`, `edit` and `view` are for tenants.
    """

    role: AnyRole
    rules: tuple[PolicyRule, ...]
    unshipped: tuple[PolicyRule, ...]
    kubernetes_own: bool
    bound: tuple[BoundRole, ...]

    @property
    def allows_everything(self) -> bool:
        """Whether one of the rules allows everything on all resources."""
        return any(rule_allows(rule, EVERYTHING) for rule in self.rules)

    @property
    def key(self) -> RoleKey:
        """The kind, namespace and name of the role."""
        return (self.role.kind, self.role.namespace, self.role.name)

    def without(self, keys: Container[RoleKey]) -> SourceRole:
        """Return the same without the bound roles that have one of *keys*."""
        return replace(self, bound=tuple(role for role in self.bound if role.key not in keys))

    def held(self, *sides: Side) -> Held:
        """Return who of *sides* has the rules."""
        held = Held()
        for role in self.bound:
            for side in sides:
                if side in role.held:
                    held |= role.held[side]
        return held


class TenantRoles:
    """The roles in *snapshot* that are bound to *tenants*."""

    def __init__(self, snapshot: Snapshot, tenants: Tenants) -> None:
        self._snapshot = snapshot
        self._tenants = tenants
        self._platform = PlatformGrants(snapshot)

    @cached_property
    def bound(self) -> tuple[BoundRole, ...]:
        """The roles that exist and that bindings which concern tenants name, sorted by their keys."""
        firsts: dict[RoleKey, Binding] = {}
        held: dict[RoleKey, dict[Side, tuple[set[Principal], set[str]]]] = {}
        grants = (grant for place in self._snapshot.bound for grant in self._grants(place))
        for who, place, side, binding in grants:
            key = role_key(binding.role_ref, place)
            firsts.setdefault(key, binding)
            subjects, places = held.setdefault(key, {}).setdefault(side, (set(), set()))
            subjects.add(who)
            places.add(place)
        return tuple(
            BoundRole(key, firsts[key], {side: _held(*sets) for side, sets in held[key].items()})
            for key in sorted(held)
            if self.role(key)
        )

    @cached_property
    def sources(self) -> tuple[SourceRole, ...]:
        """The roles that the rules of the bound roles are written in, sorted by kind, namespace and name."""
        rules: dict[RoleKey, dict[PolicyRule, None]] = {}
        bound: dict[RoleKey, list[BoundRole]] = {}
        for role in self.bound:
            for key, own in self.written(role.key):
                rules.setdefault(key, {}).update(dict.fromkeys(own))
                bound.setdefault(key, []).append(role)
        sources = (self._source(key, tuple(rules[key]), tuple(bound[key])) for key in sorted(rules))
        return tuple(source for source in sources if source)

    @cached_property
    def cluster_wide(self) -> frozenset[str]:
        """The names of the ClusterRoles whose rules a ClusterRoleBinding grants to anybody."""
        bindings = self._snapshot.cluster_role_bindings.values()
        names = {binding.role_ref.name for binding in bindings if binding.role_ref.kind == "ClusterRole"}
        return members(self._snapshot.aggregation, names)

    @cached_property
    def _for_users(self) -> frozenset[str]:
        """The names of the roles that make Kubernetes' own roles for the users of a namespace."""
        return members(self._snapshot.aggregation, LEVELS)

    def cluster_grants(self) -> Iterator[tuple[Principal, Binding]]:
        """Yield who is bound by ClusterRoleBindings that concern tenants."""
        for who, _, _, binding in self._grants(CLUSTER):
            yield who, binding

    def role(self, key: RoleKey) -> AnyRole | None:
        """Return the role with that key, None if it does not exist."""
        kind, namespace, name = key
        return self._snapshot.role(RoleRef(kind, name), namespace)

    def written(self, key: RoleKey) -> Iterator[tuple[RoleKey, tuple[PolicyRule, ...]]]:
        """Yield the roles that the rules of the role *key* are written in, each with these rules."""
        kind, _, name = key
        rules = self._snapshot.rules_of(self.role(key))
        if kind != "ClusterRole":
            yield key, rules
            return
        aggregation, effective = self._snapshot.aggregation, frozenset(rules)
        for member in sorted(members(aggregation, (name,))):
            if ("", member) in self._snapshot.cluster_roles:
                own = tuple(rule for rule in aggregation.own_rules(member) if rule in effective)
                if own:
                    yield ("ClusterRole", "", member), own

    def _source(
        self, key: RoleKey, rules: tuple[PolicyRule, ...], bound: tuple[BoundRole, ...]
    ) -> SourceRole | None:
        role = self.role(key)
        if role is None:
            return None
        is_own = role.kind == "ClusterRole" and is_kubernetes_own(self._snapshot, role.name)
        if is_own:
            added = () if role.name in self._for_users else rules
        else:
            added = unshipped(role.kind, role.name, rules)
        return SourceRole(role, rules, added, is_own, bound)

    def _grants(self, place: str) -> Iterator[tuple[Principal, str, Side, Binding]]:
        """Yield who is bound in *place*, and by which binding, if that concerns tenants."""
        is_tenant = place in self._tenants.namespaces
        for who, bindings in self._snapshot.bound.get(place, {}).items():
            if is_tenant or self._tenants.can_cross(who):
                side = self._side(who, place)
                for binding in bindings:
                    if is_tenant or not self._platform.releases(who, binding):
                        yield who, place, side, binding

    def _side(self, who: Principal, place: str) -> Side:
        if place == CLUSTER:
            return Side.CLUSTER
        home = home_of_accounts(displayed(who))
        if not home:
            return Side.TENANT
        if home == place:
            return Side.OWN
        return Side.TENANT if home in self._tenants.namespaces else Side.OUTSIDE


def _held(subjects: set[Principal], places: set[str]) -> Held:
    return Held(frozenset(subjects), frozenset(places))
