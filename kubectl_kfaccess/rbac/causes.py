"""
Which changed objects bring a difference of access: bindings, roles, and what aggregated roles select.

The rules that the aggregation controller writes are no cause. The cause is the role that is selected now and
was not before, or whose own rules differ.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from kubectl_kfaccess.rbac.differences import Difference
from kubectl_kfaccess.rbac.model import Binding, ClusterRole, Role, RoleRef
from kubectl_kfaccess.rbac.overlay import ObjectKey
from kubectl_kfaccess.rbac.permissions import PermissionTable
from kubectl_kfaccess.rbac.reach import RoleKey, differing_bindings, differing_roles, role_key
from kubectl_kfaccess.rbac.snapshot import Snapshot, principals_of
from kubectl_kfaccess.rbac.subjects import Principal

Labels = tuple[tuple[str, str], ...]


class Event(enum.Enum):
    """What happens to an object that changes access."""

    ADDED = "added"
    REMOVED = "removed"
    SUBJECTS = "subjects"
    ROLE = "role"  # a binding of the same name refers to another role
    RULES = "rules"
    LABELS = "labels"
    SELECTORS = "selectors"


class Cause(Struct, frozen=True, order=True):
    """
    A changed object, and what happens to it.

    *role* is what a binding refers to afterwards, or before if it is removed. *labels* are those that a role
    gains, and *lost_labels* those that it loses.
    """

    key: ObjectKey
    event: str
    role: str = ""
    labels: Labels = ()
    lost_labels: Labels = ()


RoleCause = tuple[Cause, int]
"""A cause, and the permissions that it can bring, as bits."""


class Causes:
    """The causes of the differences between two snapshots, for the permissions of *table*."""

    def __init__(self, before: Snapshot, after: Snapshot, table: PermissionTable) -> None:
        self._sides = (before, after)
        self._table = table
        self._of_roles: dict[RoleKey, tuple[RoleCause, ...]] = {}

    def of_difference(
        self, difference: Difference, principals: Iterable[Principal] = ()
    ) -> tuple[Cause, ...]:
        """Return the causes of what *principals* gain and lose, by default the difference's own."""
        changed = 0
        for part in difference.parts:
            changed |= part.bits
        names = (*principals,) or (difference.who,)
        places = ("", difference.namespace) if difference.namespace else ("",)
        causes: dict[Cause, None] = {}
        for who in names:
            for place in places:
                causes.update(dict.fromkeys(self._of_place(who, place, changed)))
        return tuple(sorted(causes))

    def of_role(self, key: RoleKey, changed: int = -1) -> tuple[Cause, ...]:
        """Return the causes of what a role gains and loses; *changed* are the bits that count."""
        causes = self._role_causes(key)
        counting = [cause for cause, bits in causes if changed < 0 or bits & changed]
        return tuple(sorted(set(counting or [cause for cause, _ in causes])))

    def _of_place(self, who: Principal, place: str, changed: int) -> Iterator[Cause]:
        """Yield the causes in the bindings of *who* in a namespace, "" for ClusterRoleBindings."""
        for cause, keys in self._changed_bindings.get((place, who), ()):
            if any(self._bits_of(key) & changed for key in keys):
                yield cause
        for key in self._bound_keys(who, place):
            if key in self._differing:
                yield from (cause for cause, bits in self._role_causes(key) if bits & changed)

    def _bound_keys(self, who: Principal, place: str) -> set[RoleKey]:
        return {
            role_key(binding.role_ref, place)
            for side in self._sides
            for binding in side.bound.get(place, {}).get(who, ())
        }

    @cached_property
    def _differing(self) -> set[RoleKey]:
        return differing_roles(*self._sides)

    @cached_property
    def _changed_bindings(self) -> dict[tuple[str, Principal], list[tuple[Cause, tuple[RoleKey, ...]]]]:
        """The changed bindings that count for each principal in each namespace, with the roles."""
        index: dict[tuple[str, Principal], list[tuple[Cause, tuple[RoleKey, ...]]]] = {}
        for key in sorted({(binding.kind, *binding.key) for binding in differing_bindings(*self._sides)}):
            old, new = (_binding(side, key) for side in self._sides)
            bindings = [binding for binding in (old, new) if binding]
            pair = (_binding_cause(key, old, new), tuple(role_key(b.role_ref, b.namespace) for b in bindings))
            for who in _affected(old, new):
                index.setdefault((key[1], who), []).append(pair)
        return index

    def _bits_of(self, key: RoleKey) -> int:
        """Return what a role allows on either side, all if that is not known."""
        kind, namespace, name = key
        ref, bits = RoleRef(kind, name), 0
        for side in self._sides:
            if side.doubt_on_role(ref, namespace):
                return self._table.every
            bits |= self._table.of_rules(side.rules_of(side.role(ref, namespace)))
            bits |= self._table.of_rules(side.aggregation.uncertain_rules(name)) if not namespace else 0
        return bits

    def _role_causes(self, key: RoleKey) -> tuple[RoleCause, ...]:
        if key not in self._of_roles:
            self._of_roles[key] = tuple(self._found_in_role(key))
        return self._of_roles[key]

    def _found_in_role(self, key: RoleKey) -> Iterator[RoleCause]:
        kind, namespace, name = key
        if kind == Role.kind:
            yield from self._of_plain_role(key, *(side.roles.get((namespace, name)) for side in self._sides))
            return
        known = [*self._of_cluster_role(name, set())]
        # a role without a cause of its own: the controller has not finished on one of the sides
        yield from known or [(Cause(key, Event.RULES.value), self._table.every)]

    def _of_cluster_role(self, name: str, seen: set[str]) -> Iterator[RoleCause]:
        """Yield the causes in a ClusterRole, and in those that it selects on either side."""
        if name in seen:
            return
        seen.add(name)
        old, new = (side.cluster_roles.get(("", name)) for side in self._sides)
        if not old or not new or not (old.selectors or new.selectors):
            yield from self._of_plain_role((ClusterRole.kind, "", name), old, new)
            if not old or not new:
                return
        before, after = (side.aggregation.selected.get(name, ()) for side in self._sides)
        if old and new and old.selectors != new.selectors:
            yield Cause((ClusterRole.kind, "", name), Event.SELECTORS.value), self._table.every
        for other in sorted({*before, *after}):
            if (other in before) != (other in after):
                yield from self._of_selection(other)
            yield from self._of_cluster_role(other, seen)

    def _of_selection(self, name: str) -> Iterator[RoleCause]:
        """Yield the cause for which a role is selected on one side alone: its labels."""
        old, new = (side.cluster_roles.get(("", name)) for side in self._sides)
        if old and new and old.metadata.labels != new.metadata.labels:
            before, after = (self._aggregating_labels(role) for role in (old, new))
            cause = Cause(
                (ClusterRole.kind, "", name),
                Event.LABELS.value,
                labels=tuple(sorted(after - before)),
                lost_labels=tuple(sorted(before - after)),
            )
            yield cause, self._bits_of((ClusterRole.kind, "", name))

    def _aggregating_labels(self, role: ClusterRole) -> set[tuple[str, str]]:
        """Return the labels that a selector of either side asks for."""
        return {label for label in role.metadata.labels.items() if label[0] in self._selected_labels}

    @cached_property
    def _selected_labels(self) -> frozenset[str]:
        """The keys of the labels that aggregated roles select."""
        roles = (role for side in self._sides for role in side.cluster_roles.values())
        selectors = [selector for role in roles for selector in role.selectors]
        return frozenset(
            key
            for selector in selectors
            for key in (*selector.match_labels, *(each.key for each in selector.match_expressions))
        )

    def _of_plain_role(
        self, key: RoleKey, old: ClusterRole | Role | None, new: ClusterRole | Role | None
    ) -> Iterator[RoleCause]:
        if not old or not new:
            event = Event.ADDED if new else Event.REMOVED
            yield Cause(key, event.value), self._bits_of(key)
        elif old.rules != new.rules:
            pairs = zip(self._sides, (old, new), strict=True)
            before, after = (self._table.of_rules(side.rules_of(role)) for side, role in pairs)
            yield Cause(key, Event.RULES.value), before ^ after


def _binding(snapshot: Snapshot, key: ObjectKey) -> Binding | None:
    index = snapshot.cluster_role_bindings if key[0] == "ClusterRoleBinding" else snapshot.role_bindings
    binding: Binding | None = index.get(key[1:])
    return binding


def _binding_cause(key: ObjectKey, old: Binding | None, new: Binding | None) -> Cause:
    if old and new:
        event = Event.ROLE if old.role_ref != new.role_ref else Event.SUBJECTS
    else:
        event = Event.ADDED if new else Event.REMOVED
    binding = new or old
    return Cause(key, event.value, role=binding.role_ref.name if binding else "")


def _affected(old: Binding | None, new: Binding | None) -> Iterable[Principal]:
    """Return the principals to which the two bindings of one name do not grant the same role."""
    before, after = (principals_of(binding) if binding else {} for binding in (old, new))
    if old and new and old.role_ref != new.role_ref:
        return {**before, **after}
    return [who for who in {**before, **after} if (who in before) != (who in after)]
