"""
What each identity is allowed in one snapshot, as sets of bits, and where two snapshots differ.

A role that is bound in thousands of namespaces is evaluated once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kubectl_kfaccess.rbac.model import (
    Binding,
    ClusterRole,
    PolicyRule,
    Role,
    RoleRef,
)
from kubectl_kfaccess.rbac.permissions import PermissionTable
from kubectl_kfaccess.rbac.snapshot import Snapshot, principals_of
from kubectl_kfaccess.rbac.subjects import GROUP, MASTERS, Identity, Principal

Concerned = tuple[Principal, str]
Bindings = Mapping[str, Mapping[Principal, Iterable[Binding]]]
RoleKey = tuple[str, str, str]
"""(kind, namespace, name); the namespace of a ClusterRole is ""."""


def alone(who: Principal) -> Identity:
    """Return the identity that has *who* and no other principal."""
    return Identity("", (who.name,)) if who.kind == GROUP else Identity(who.name)


class Reach:
    """The permissions of each identity in one snapshot, as bits. Those of each role are computed once."""

    def __init__(self, snapshot: Snapshot, bound: Bindings, permissions: PermissionTable) -> None:
        self.snapshot = snapshot
        self._bound = bound
        self._permissions = permissions
        self._roles: dict[RoleKey, int] = {}
        self._doubtful: dict[RoleKey, int] = {}

    def allowed(self, identity: Identity, namespace: str) -> int:
        """Return the permissions of *identity* in *namespace*; in "", only ClusterRoleBindings count."""
        if MASTERS in identity.groups:
            return self._permissions.every
        permissions = 0
        for key in self._keys(identity, namespace):
            permissions |= self.rules(key)
        return permissions

    def possible(self, identity: Identity, namespace: str) -> int:
        """Return what *identity* is allowed, and what rules of its roles can allow that are not known."""
        permissions = self.allowed(identity, namespace)
        for key in self._keys(identity, namespace):
            permissions |= self._unknown(key)
        return permissions

    def is_blind(self, namespace: str) -> bool:
        """Return whether bindings that count in *namespace* could not be read."""
        snapshot = self.snapshot
        if snapshot.gap("clusterrolebindings", ""):
            return True
        return bool(namespace and snapshot.gap("rolebindings", namespace))

    def role(self, ref: RoleRef, namespace: str) -> int:
        """Return what the certain rules of the role allow, 0 if there is no such role."""
        return self.rules(role_key(ref, namespace))

    def rules(self, key: RoleKey) -> int:
        """Return what the certain rules of the role with that key allow."""
        if key not in self._roles:
            kind, namespace, name = key
            role = self.snapshot.role(RoleRef(kind, name), namespace)
            self._roles[key] = self._permissions.of_rules(self.snapshot.rules_of(role))
        return self._roles[key]

    def _unknown(self, key: RoleKey) -> int:
        """Return what the role can allow beyond its certain rules: all, if its rules were not read."""
        if key not in self._doubtful:
            kind, namespace, name = key
            if self.snapshot.doubt_on_role(RoleRef(kind, name), namespace):
                self._doubtful[key] = self._permissions.every
            else:
                uncertain = self.snapshot.aggregation.uncertain_rules(name) if not namespace else ()
                self._doubtful[key] = self._permissions.of_rules(uncertain)
        return self._doubtful[key]

    def _keys(self, identity: Identity, namespace: str) -> Iterator[RoleKey]:
        """Yield the keys of the roles that count for *identity* in *namespace*."""
        for place in ("", namespace) if namespace else ("",):
            bound = self._bound.get(place, {})
            for who in identity.principals:
                for binding in bound.get(who, ()):
                    yield role_key(binding.role_ref, place)


def differing_roles(before: Snapshot, after: Snapshot) -> set[RoleKey]:
    """
    Return the keys of the roles whose rules differ, and of those that are in one snapshot only.

    Also of those whose rules are known in one snapshot alone.
    """
    cluster = {
        (ClusterRole.kind, "", name)
        for name in {name for _, name in (*before.cluster_roles, *after.cluster_roles)}
        if rules_and_doubts(before, name) != rules_and_doubts(after, name)
    }
    here = {
        (Role.kind, *key)
        for key in {*before.roles, *after.roles}
        if before.roles.get(key) is not after.roles.get(key)
        and _rules_of_role(before, key) != _rules_of_role(after, key)
    }
    return cluster | here | _differing_doubts(before, after)


def rules_and_doubts(snapshot: Snapshot, name: str) -> tuple[tuple[PolicyRule, ...], ...] | None:
    """Return the certain and the uncertain rules of a ClusterRole; None if there is none of that name."""
    if ("", name) not in snapshot.cluster_roles:
        return None
    return (snapshot.aggregation.rules(name), snapshot.aggregation.uncertain_rules(name))


def differing_bindings(before: Snapshot, after: Snapshot) -> Iterator[Binding]:
    """Yield the bindings that are in one of the snapshots only, or differ: then the old and the new one."""
    for name in ("cluster_role_bindings", "role_bindings"):
        old, new = getattr(before, name), getattr(after, name)
        if old is not new:
            yield from (binding for key, binding in new.items() if _grants_otherwise(old.get(key), binding))
            yield from (binding for key, binding in old.items() if _grants_otherwise(new.get(key), binding))


def bound_anew(before: Snapshot, after: Snapshot) -> Bindings:
    """Return the index `bound` of *after*, recomputed only for the namespaces whose bindings differ."""
    places = {binding.namespace for binding in differing_bindings(before, after)}
    index: dict[str, dict[Principal, list[Binding]]] = {place: {} for place in places}
    for binding in all_bindings(after) if index else ():
        if binding.namespace in index:
            for who in principals_of(binding):
                index[binding.namespace].setdefault(who, []).append(binding)
    return {**before.bound, **index}


def all_bindings(snapshot: Snapshot) -> Iterator[Binding]:
    """Yield the bindings that can grant something, in no order."""
    yield from snapshot.cluster_role_bindings.values()
    yield from (binding for key, binding in snapshot.role_bindings.items() if key[0])


def role_key(ref: RoleRef, namespace: str) -> RoleKey:
    """Return the key of the role that *ref* names in a binding of *namespace*."""
    return (ref.kind, namespace if ref.kind == Role.kind else "", ref.name)


def _grants_otherwise(other: Binding | None, binding: Binding) -> bool:
    """Return whether *binding* grants something else than *other*, which has the same name or is None."""
    if other is binding:
        return False
    return other is None or other.role_ref != binding.role_ref or other.subjects != binding.subjects


def _rules_of_role(snapshot: Snapshot, key: tuple[str, str]) -> tuple[PolicyRule, ...] | None:
    role = snapshot.roles.get(key)
    return role.rules if role else None


def _differing_doubts(before: Snapshot, after: Snapshot) -> set[RoleKey]:
    """Return the keys of the bound roles whose rules are not known in one of the snapshots alone."""
    if before.is_complete and after.is_complete:
        return set()
    bound = {
        role_key(binding.role_ref, binding.namespace)
        for snapshot in (before, after)
        for binding in all_bindings(snapshot)
    }
    return {key for key in bound if _is_doubtful(before, key) != _is_doubtful(after, key)}


def _is_doubtful(snapshot: Snapshot, key: RoleKey) -> bool:
    kind, namespace, name = key
    return snapshot.doubt_on_role(RoleRef(kind, name), namespace) is not None
