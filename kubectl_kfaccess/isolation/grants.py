"""What bindings grant in a tenant's namespace, in one word. Each set of roles is compared once."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import NamespacedRoles
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel, TenantLevels
from kubectl_kfaccess.rbac.model import Binding, RoleRef
from kubectl_kfaccess.rbac.reach import RoleKey, role_key
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot

_BY_ROLE = {name: TenantLevel(word) for word, name in ROLES.items()}
_ORDER = tuple(TenantLevel)


class GrantedLevels:
    """The levels that bindings grant: nothing if their rules are about cluster-scoped *types* alone."""

    def __init__(self, snapshot: Snapshot, types: Iterable[ResourceType]) -> None:
        self._snapshot = snapshot
        self._levels = TenantLevels(snapshot)
        self._roles = NamespacedRoles(snapshot, types)
        self._known: dict[tuple[RoleKey, ...], TenantLevel] = {}

    def level(self, bindings: Iterable[Binding]) -> TenantLevel:
        """Return what all of *bindings* grant together, `some` if a role could not be read."""
        keys = {role_key(binding.role_ref, binding.namespace) for binding in bindings}
        ordered = tuple(sorted(keys))
        if ordered not in self._known:
            self._known[ordered] = self._of_roles(ordered)
        return self._known[ordered]

    def _of_roles(self, keys: tuple[RoleKey, ...]) -> TenantLevel:
        rules = [
            rule
            for kind, namespace, name in keys
            for rule in self._snapshot.rules_of(self._snapshot.role(RoleRef(kind, name), namespace))
        ]
        is_something = any(map(self._roles.counts, rules))
        level = self._levels.level_of_rules(rules) if is_something else TenantLevel.NONE
        unread = [key for key in keys if self._snapshot.doubt_on_role(RoleRef(key[0], key[2]), key[1])]
        named = (_BY_ROLE.get(name, TenantLevel.SOME) for _, _, name in unread)
        return max((level, *named), key=_ORDER.index)
