"""
What a change of roles and bindings changes: which permissions each principal gains and loses, and where.

The decisions compared are the evaluator's for each principal alone, without further groups. They are not made
one by one. The permissions that a rule allows are a set of bits, so a role that is bound in thousands of
namespaces is evaluated once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from kubectl_kfaccess.rbac.model import (
    Binding,
    ClusterRole,
    PolicyRule,
    Role,
    RoleRef,
)
from kubectl_kfaccess.rbac.permissions import PermissionSet, PermissionTable, Universe
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot, principals_of
from kubectl_kfaccess.rbac.subjects import GROUP, MASTERS, Identity, Principal

Concerned = tuple[Principal, str]
Bindings = Mapping[str, Mapping[Principal, Iterable[Binding]]]
RoleKey = tuple[str, str, str]  # kind, namespace ("" for a ClusterRole), name


class Change(Struct, frozen=True):
    """
    The permissions that a principal, without further groups, gains and loses in a namespace.

    In the namespace "" they change for the whole cluster: in every namespace, and on cluster-scoped things.
    They are not repeated for any namespace.
    """

    who: Principal
    namespace: str
    gained: PermissionSet
    lost: PermissionSet


class RoleChange(Struct, frozen=True):
    """The permissions that a role gains and loses. The *namespace* of a ClusterRole is ""."""

    kind: str
    namespace: str
    name: str
    gained: PermissionSet
    lost: PermissionSet


def changes(
    before: Snapshot, after: Snapshot, universe: Universe, concerned: Iterable[Concerned]
) -> tuple[Change, ...]:
    """Return what the *concerned* gain and lose from *before* to *after*, by principal and namespace."""
    return Effects(before, universe).changes(after, concerned)


def concerned(before: Snapshot, after: Snapshot) -> tuple[Concerned, ...]:
    """Return the principals, each with the namespace, whose bindings or bound roles differ."""
    roles = _differing_roles(before, after)
    bindings = list(_differing_bindings(before, after))
    if roles:
        bindings += (b for b in _bindings(after) if _role_key(b.role_ref, b.namespace) in roles)
    return tuple(sorted({(who, binding.namespace) for binding in bindings for who in principals_of(binding)}))


def roles_losing_rules(before: Snapshot, after: Snapshot) -> tuple[str, ...]:
    """Return the names of the ClusterRoles that lose a rule which they have now, or may have."""
    names = {role for kind, _, role in _differing_roles(before, after) if kind == ClusterRole.kind}
    return tuple(sorted(name for name in names if not _all_rules(before, name) <= _all_rules(after, name)))


class Effects:
    """The effects of changes to the snapshot *before*, for the permissions of *universe*."""

    def __init__(self, before: Snapshot, universe: Universe) -> None:
        self._permissions = PermissionTable(universe)
        self._before = _Reach(before, before.bound, self._permissions)
        self._latest: _Reach | None = None  # a fix asks several questions about the same change

    def changes(self, after: Snapshot, concerned: Iterable[Concerned]) -> tuple[Change, ...]:
        """Return what the *concerned* gain and lose when the snapshot becomes *after*, in their order."""
        later = self._later(after)
        differences = (
            Change(who, namespace, *map(self._set, self._difference(later, who, namespace)))
            for who, namespace in sorted(set(concerned))
        )
        return tuple(change for change in differences if change.gained or change.lost)

    def role_changes(self, after: Snapshot) -> tuple[RoleChange, ...]:
        """Return what each role gains and loses when the snapshot becomes *after*, by kind and name."""
        later = self._later(after)
        differences = (
            RoleChange(
                *key,
                self._set(later.rules(key) & ~self._before.rules(key)),
                self._set(self._before.rules(key) & ~later.rules(key)),
            )
            for key in sorted(_differing_roles(self._before.snapshot, after))
        )
        return tuple(change for change in differences if change.gained or change.lost)

    def granted(self, who: Principal, ref: RoleRef, namespace: str) -> int:
        """Return how many permissions *who* would gain if the role were bound to it in *namespace*."""
        gains = self._before.role(ref, namespace) & ~self._before.allowed(alone(who), namespace)
        return (gains & self._permissions.counted(namespace)).bit_count()

    def allows(self, after: Snapshot, identity: Identity, request: Request) -> bool:
        """Whether *identity* is allowed *request* in *after*. Without its namespace it is in the universe."""
        namespace = request.namespace if request.path is None else ""
        return bool(self._later(after).allowed(identity, namespace) & self._permissions.bit(request))

    def _difference(self, later: _Reach, who: Principal, namespace: str) -> tuple[int, int]:
        """Return what *who* gains and loses in *namespace*, without what changes cluster-wide."""
        identity = alone(who)
        old, new = (reach.allowed(identity, "") for reach in (self._before, later))
        gained, lost = new & ~old, old & ~new
        if not namespace:
            return gained, lost
        old, new = (reach.allowed(identity, namespace) for reach in (self._before, later))
        counted = self._permissions.counted(namespace)
        return new & ~old & ~gained & counted, old & ~new & ~lost & counted

    def _set(self, bits: int) -> PermissionSet:
        return PermissionSet(bits, self._permissions)

    def _later(self, after: Snapshot) -> _Reach:
        if self._latest is None or self._latest.snapshot is not after:
            bound = _bound_anew(self._before.snapshot, after)
            self._latest = _Reach(after, bound, self._permissions)
        return self._latest


def alone(who: Principal) -> Identity:
    """Return the identity that has *who* and no other principal."""
    return Identity("", (who.name,)) if who.kind == GROUP else Identity(who.name)


class _Reach:
    """The permissions of each identity in one snapshot, as bits. Those of each role are computed once."""

    def __init__(self, snapshot: Snapshot, bound: Bindings, permissions: PermissionTable) -> None:
        self.snapshot = snapshot
        self._bound = bound
        self._permissions = permissions
        self._roles: dict[RoleKey, int] = {}

    def allowed(self, identity: Identity, namespace: str) -> int:
        """Return the permissions of *identity* in *namespace*; in "", only ClusterRoleBindings count."""
        if MASTERS in identity.groups:
            return self._permissions.every
        permissions = 0
        for place in ("", namespace) if namespace else ("",):
            bound = self._bound.get(place, {})
            for who in identity.principals:
                for binding in bound.get(who, ()):
                    permissions |= self.role(binding.role_ref, place)
        return permissions

    def role(self, ref: RoleRef, namespace: str) -> int:
        """Return what the certain rules of the role allow, 0 if there is no such role."""
        return self.rules(_role_key(ref, namespace))

    def rules(self, key: RoleKey) -> int:
        """Return what the certain rules of the role with that key allow."""
        if key not in self._roles:
            kind, namespace, name = key
            role = self.snapshot.role(RoleRef(kind, name), namespace)
            self._roles[key] = self._permissions.of_rules(self.snapshot.rules_of(role))
        return self._roles[key]


def _differing_roles(before: Snapshot, after: Snapshot) -> set[RoleKey]:
    """Return the keys of the roles whose rules differ, and of those that are in one snapshot only."""
    cluster = {
        (ClusterRole.kind, "", name)
        for name in {name for _, name in (*before.cluster_roles, *after.cluster_roles)}
        if _rules(before, name) != _rules(after, name)
    }
    here = {
        (Role.kind, *key)
        for key in {*before.roles, *after.roles}
        if before.roles.get(key) is not after.roles.get(key)
    }
    return cluster | here


def _rules(snapshot: Snapshot, name: str) -> tuple[tuple[PolicyRule, ...], ...] | None:
    if ("", name) not in snapshot.cluster_roles:
        return None
    return (snapshot.aggregation.rules(name), snapshot.aggregation.uncertain_rules(name))


def _all_rules(snapshot: Snapshot, name: str) -> frozenset[PolicyRule]:
    return frozenset(rule for rules in _rules(snapshot, name) or () for rule in rules)


def _bound_anew(before: Snapshot, after: Snapshot) -> Bindings:
    """Return the index `bound` of *after*, recomputed only for the namespaces whose bindings differ."""
    places = {binding.namespace for binding in _differing_bindings(before, after)}
    index: dict[str, dict[Principal, list[Binding]]] = {place: {} for place in places}
    for binding in _bindings(after) if index else ():
        if binding.namespace in index:
            for who in principals_of(binding):
                index[binding.namespace].setdefault(who, []).append(binding)
    return {**before.bound, **index}


def _bindings(snapshot: Snapshot) -> Iterator[Binding]:
    """Yield the bindings that can grant something, in no order."""
    yield from snapshot.cluster_role_bindings.values()
    yield from (binding for key, binding in snapshot.role_bindings.items() if key[0])


def _differing_bindings(before: Snapshot, after: Snapshot) -> Iterator[Binding]:
    """Yield the bindings that are in one of the snapshots only, or differ: then the old and the new one."""
    for name in ("cluster_role_bindings", "role_bindings"):
        old, new = getattr(before, name), getattr(after, name)
        if old is not new:
            yield from (binding for key, binding in new.items() if old.get(key) is not binding)
            yield from (binding for key, binding in old.items() if new.get(key) is not binding)


def _role_key(ref: RoleRef, namespace: str) -> RoleKey:
    """Return the key of the role that *ref* names in a binding of *namespace*."""
    return (ref.kind, namespace if ref.kind == Role.kind else "", ref.name)
