"""What roles grant in a namespace that `kubeflow-edit` does not. Each role is compared once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.aggregation.shipped_rules import unshipped
from kubectl_kfaccess.kubeflow.catalogue.names import RUNNER
from kubectl_kfaccess.kubeflow.pipelines.role_drift import missing_rules
from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import NamespacedRoles
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.rbac.model import PolicyRule, RoleRef
from kubectl_kfaccess.rbac.reach import RoleKey
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot

Rules = tuple[PolicyRule, ...]


class BeyondEdit:
    """Compares roles with `kubeflow-edit`; rules about cluster-scoped *types* alone do not count."""

    def __init__(self, snapshot: Snapshot, types: Iterable[ResourceType]) -> None:
        self._snapshot = snapshot
        self._namespaced = NamespacedRoles(snapshot, types)
        self._known: dict[RoleKey, Rules] = {}

    def rules(self, key: RoleKey) -> Rules:
        """
        Return the rules of that role, or the parts of them, that `kubeflow-edit` does not cover.

        There are none if `kubeflow-edit` does not exist or could not be read, or if a release ships them for
        the account that pipelines run as.
        """
        if key not in self._known:
            self._known[key] = self._computed(key)
        return self._known[key]

    def _computed(self, key: RoleKey) -> Rules:
        kind, namespace, name = key
        if not self._edit:
            return ()
        rules = self._snapshot.rules_of(self._snapshot.role(RoleRef(kind, name), namespace))
        missing = missing_rules(self._edit, (rule for rule in rules if rule.resources))
        beyond = tuple(rule for rule in map(self._in_namespaces, missing) if rule.resources)
        return unshipped(kind, name, beyond) if (kind, name) == ("Role", RUNNER) else beyond

    def _in_namespaces(self, rule: PolicyRule) -> PolicyRule:
        """Return *rule* without the resources that are known to be in no namespace."""
        parts = (replace(rule, resources=(resource,)) for resource in rule.resources)
        return replace(
            rule, resources=tuple(part.resources[0] for part in parts if self._namespaced.counts(part))
        )

    @cached_property
    def _edit(self) -> Rules:
        ref = RoleRef("ClusterRole", ROLES["edit"])
        is_known = self._snapshot.doubt_on_role(ref, "") is None
        return self._snapshot.rules_of(self._snapshot.role(ref, "")) if is_known else ()
