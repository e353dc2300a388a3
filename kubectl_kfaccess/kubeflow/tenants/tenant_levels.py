"""
How much access a subject has in a whole namespace, in one word, measured by Kubeflow's own roles.

The measure is what the roles kubeflow-view, -edit and -admin grant on this cluster, aggregation included: the
components that are installed decide what a level means. If somebody has changed these roles, the words
follow: who is bound to kubeflow-edit has `edit`, whatever that grants. That the roles are not as shipped is
what `aggregation` and `check` report. A role that does not exist, has no rules or was not read measures
nothing, so that no empty role makes everybody an admin. If roles cannot be read, their names are left: who is
bound to kubeflow-edit has `edit`, and who is bound to others has `some`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from functools import cached_property

from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.rbac.escalation import breakdown_rule, covers, rules_for
from kubectl_kfaccess.rbac.model import PolicyRule, RoleRef
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Identity


class TenantLevel(enum.Enum):
    """How much access there is in a namespace, from nothing to everything that an owner has."""

    NONE = "none"
    SOME = "some"
    VIEW = "view"
    EDIT = "edit"
    ADMIN = "admin"


class TenantLevels:
    """The levels of subjects in a snapshot. Each set of rules is compared with the roles once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._known: dict[frozenset[PolicyRule], TenantLevel] = {}

    def level(self, identity: Identity, namespace: str) -> TenantLevel:
        """Return the level of *identity* in *namespace*, by what is certainly granted, cluster-wide too."""
        by_rules = self.level_of_rules(rules_for(self._snapshot, identity, namespace))
        if not self._snapshot.gap("clusterroles", ""):
            return by_rules
        return max(by_rules, self._by_names(identity, namespace), key=_ORDER.index)

    def _by_names(self, identity: Identity, namespace: str) -> TenantLevel:
        """Return the highest level whose role a binding of *identity* names."""
        bound = [self._snapshot.bound.get(place, {}) for place in dict.fromkeys(("", namespace))]
        refs = {
            binding.role_ref
            for index in bound
            for who in identity.principals
            for binding in index.get(who, ())
        }
        levels = (TenantLevel(word) for word, name in ROLES.items() if RoleRef("ClusterRole", name) in refs)
        return max(levels, key=_ORDER.index, default=TenantLevel.SOME if refs else TenantLevel.NONE)

    def level_of_rules(self, rules: Iterable[PolicyRule]) -> TenantLevel:
        """
        Return the highest level whose role, and those of the levels below, *rules* cover.

        It is `some` if they cover none, and `none` if they allow nothing on resources.
        """
        owned = frozenset(filter(_allows_something, rules))
        if owned not in self._known:
            self._known[owned] = self._level(owned)
        return self._known[owned]

    def _level(self, owned: frozenset[PolicyRule]) -> TenantLevel:
        level = TenantLevel.SOME if owned else TenantLevel.NONE
        for higher, wanted in self._rules_by_level:
            if not owned or not covers(owned, wanted):
                return level
            level = higher
        return level

    @cached_property
    def _rules_by_level(self) -> tuple[tuple[TenantLevel, tuple[PolicyRule, ...]], ...]:
        """The rules of each role in parts, up to the first role that measures nothing."""
        return tuple(self._measures())

    def _measures(self) -> Iterator[tuple[TenantLevel, tuple[PolicyRule, ...]]]:
        for word, name in ROLES.items():
            role = self._snapshot.cluster_roles.get(("", name))
            rules = tuple(filter(_allows_something, self._snapshot.rules_of(role)))
            if not rules or self._snapshot.unread_roles.get(("ClusterRole", "", name)):
                return
            yield TenantLevel(word), tuple(part for rule in rules for part in breakdown_rule(rule))


_ORDER = tuple(TenantLevel)


def _allows_something(rule: PolicyRule) -> bool:
    """Whether the rule allows something on resources: URLs are in no namespace."""
    return bool(rule.verbs and rule.api_groups and rule.resources)
