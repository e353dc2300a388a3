"""
What a change of roles and bindings changes: which permissions each principal gains and loses, and where.

The decisions compared are the evaluator's for each principal alone, without further groups. They are not made
one by one. The permissions that a rule allows are a set of bits, so a role that is bound in thousands of
namespaces is evaluated once.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kubectl_kfaccess.rbac.model import ClusterRole, PolicyRule, RoleRef
from kubectl_kfaccess.rbac.permissions import PermissionSet, PermissionTable, Universe
from kubectl_kfaccess.rbac.reach import (
    Concerned,
    Reach,
    all_bindings,
    alone,
    bound_anew,
    differing_bindings,
    differing_roles,
    role_key,
    rules_and_doubts,
)
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot, principals_of
from kubectl_kfaccess.rbac.subjects import Identity, Principal


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
    roles = differing_roles(before, after)
    bindings = list(differing_bindings(before, after))
    if roles:
        bindings += (b for b in all_bindings(after) if role_key(b.role_ref, b.namespace) in roles)
    return tuple(sorted({(who, binding.namespace) for binding in bindings for who in principals_of(binding)}))


def roles_losing_rules(before: Snapshot, after: Snapshot) -> tuple[str, ...]:
    """Return the names of the ClusterRoles that lose a rule which they have now, or may have."""
    names = {role for kind, _, role in differing_roles(before, after) if kind == ClusterRole.kind}
    return tuple(sorted(name for name in names if not _all_rules(before, name) <= _all_rules(after, name)))


class Effects:
    """The effects of changes to the snapshot *before*, for the permissions of *universe*."""

    def __init__(self, before: Snapshot, universe: Universe) -> None:
        self._permissions = PermissionTable(universe)
        self._before = Reach(before, before.bound, self._permissions)
        self._latest: Reach | None = None  # a fix asks several questions about the same change

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
            for key in sorted(differing_roles(self._before.snapshot, after))
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

    def _difference(self, later: Reach, who: Principal, namespace: str) -> tuple[int, int]:
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

    def _later(self, after: Snapshot) -> Reach:
        if self._latest is None or self._latest.snapshot is not after:
            bound = bound_anew(self._before.snapshot, after)
            self._latest = Reach(after, bound, self._permissions)
        return self._latest


def _all_rules(snapshot: Snapshot, name: str) -> frozenset[PolicyRule]:
    return frozenset(rule for rules in rules_and_doubts(snapshot, name) or () for rule in rules)
