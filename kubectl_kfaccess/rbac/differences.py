"""
How the access of principals differs between two snapshots of a cluster, or between two clusters.

Unlike `changes`, which speaks of what is certain, a difference keeps apart what may be gained or lost:
permissions that one of the snapshots leaves open. What was held before is not gained. What both leave open
does not differ.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kubectl_kfaccess.rbac.permissions import PermissionSet, PermissionTable
from kubectl_kfaccess.rbac.reach import Concerned, Reach, RoleKey, alone, bound_anew, differing_roles
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Identity, Principal


class Difference(Struct, frozen=True):
    """
    What *who*, without further groups, gains and loses in a namespace, surely or maybe, and has on each side.

    In the namespace "" that is for the whole cluster. It is not repeated for any namespace.
    """

    who: Principal
    namespace: str
    gained: PermissionSet
    lost: PermissionSet
    maybe_gained: PermissionSet
    maybe_lost: PermissionSet
    before: PermissionSet
    after: PermissionSet

    @property
    def parts(self) -> tuple[PermissionSet, ...]:
        """The four sets of permissions that differ."""
        return (self.gained, self.lost, self.maybe_gained, self.maybe_lost)


class RoleDifference(Struct, frozen=True):
    """What a role gains and loses by its certain rules. The *namespace* of a ClusterRole is ""."""

    kind: str
    namespace: str
    name: str
    gained: PermissionSet
    lost: PermissionSet


class Differences:
    """The differences between two snapshots, for the permissions of *table*."""

    def __init__(self, before: Snapshot, after: Snapshot, table: PermissionTable) -> None:
        self._table = table
        self._sides = (
            Reach(before, before.bound, table),
            Reach(after, bound_anew(before, after), table),
        )
        self._whole: dict[Identity, tuple[int, ...]] = {}

    def of_principals(self, concerned: Iterable[Concerned]) -> tuple[Difference, ...]:
        """Return what each principal gains and loses in its namespace, in their order."""
        differences = (
            self.of_identity(alone(who), who, namespace) for who, namespace in sorted(set(concerned))
        )
        return tuple(difference for difference in differences if any(difference.parts))

    def of_identity(self, identity: Identity, who: Principal, namespace: str) -> Difference:
        """Return what *identity*, called *who*, gains and loses in *namespace*."""
        parts = self._parts(identity, namespace)
        if namespace:
            if identity not in self._whole:
                self._whole[identity] = self._parts(identity, "")
            counted = self._table.counted(namespace)
            parts = tuple(
                part & counted & ~whole for part, whole in zip(parts, self._whole[identity], strict=True)
            )
        allowed = (side.allowed(identity, namespace) for side in self._sides)
        return Difference(who, namespace, *map(self._set, (*parts, *allowed)))

    def of_roles(self) -> tuple[RoleDifference, ...]:
        """Return what each role gains and loses, by kind, namespace and name."""
        before, after = self._sides
        roles = (self._of_role(key) for key in sorted(differing_roles(before.snapshot, after.snapshot)))
        return tuple(role for role in roles if role.gained or role.lost)

    def _of_role(self, key: RoleKey) -> RoleDifference:
        old, new = (side.rules(key) for side in self._sides)
        return RoleDifference(*key, self._set(new & ~old), self._set(old & ~new))

    def _parts(self, identity: Identity, namespace: str) -> tuple[int, ...]:
        """Return the bits gained, lost, maybe gained and maybe lost."""
        (sure_before, possible_before), (sure_after, possible_after) = (
            (side.allowed(identity, namespace), side.possible(identity, namespace)) for side in self._sides
        )
        blind_before, blind_after = (
            self._table.every if side.is_blind(namespace) else 0 for side in self._sides
        )
        gained = sure_after & ~(possible_before | blind_before)
        lost = sure_before & ~(possible_after | blind_after)
        open_before, open_after = possible_before & ~sure_before, possible_after & ~sure_after
        return (
            gained,
            lost,
            # what a list hides is not counted on the side that hides it: there, everything is possible
            (sure_after & ~sure_before & ~gained) | (open_after & ~possible_before & ~blind_before),
            (sure_before & ~sure_after & ~lost) | (open_before & ~possible_after & ~blind_after),
        )

    def _set(self, bits: int) -> PermissionSet:
        return PermissionSet(bits, self._table)
