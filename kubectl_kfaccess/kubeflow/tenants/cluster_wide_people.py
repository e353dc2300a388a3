"""
People with rights in every profile at once: the users and groups that ClusterRoleBindings name.

Service accounts do not count as people, and neither do subjects of bindings that a release ships. The groups
of all authenticated and of all unauthenticated users always do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from kubectl_kfaccess.kubeflow.tenants.platform_grants import PlatformGrants
from kubectl_kfaccess.rbac.impersonation import is_on_target
from kubectl_kfaccess.rbac.model import ClusterRoleBinding, PolicyRule, RoleRef, Subject
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.scope_exceptions import EXCEPTIONS
from kubectl_kfaccess.rbac.snapshot import Snapshot, principals_of
from kubectl_kfaccess.rbac.subjects import (
    ALL_SERVICE_ACCOUNTS,
    SERVICE_ACCOUNT,
    displayed,
)

NEEDED = "clusterrolebindings"
"""The list that is needed to know who has rights in every profile."""


class ClusterWideGrant(Struct, frozen=True):
    """
    A user or group that a ClusterRoleBinding names.

    *is_certain* is false if the role could not be read or its rules are uncertain, so they may have no
    rights. *kubectl* says whether the binding counts for kubectl.
    """

    subject: Subject
    binding: ClusterRoleBinding
    is_certain: bool = True

    @property
    def role(self) -> RoleRef:
        return self.binding.role_ref

    @property
    def kubectl(self) -> bool | None:
        return True if self.is_certain else None


def bound_people(snapshot: Snapshot) -> tuple[ClusterWideGrant, ...]:
    """Return the people that ClusterRoleBindings name, once for each binding, whatever it grants."""
    platform = PlatformGrants(snapshot)
    grants = (
        ClusterWideGrant(displayed(who), binding)
        for binding in snapshot.cluster_role_bindings.values()
        for who in principals_of(binding)
        if not platform.is_platform(who, binding)
    )
    people = (grant for grant in grants if _is_person(grant.subject))
    return tuple(
        sorted(people, key=lambda grant: (grant.subject.kind, grant.subject.name, grant.binding.name))
    )


def with_rights(
    people: Sequence[ClusterWideGrant], snapshot: Snapshot, types: Iterable[ResourceType]
) -> tuple[ClusterWideGrant, ...]:
    """
    Return the *people* who have rights in namespaces; *types* are the resources that the cluster serves.

    A rule counts unless everything it names is known to be cluster-scoped. People with a role that could not
    be read are included, but not as certain. A role that does not exist grants nothing.
    """
    namespaced_roles = NamespacedRoles(snapshot, types)
    roles = dict.fromkeys(grant.role for grant in people)
    grants_rights = {role: namespaced_roles.grants_rights(role) for role in roles}
    return tuple(
        ClusterWideGrant(grant.subject, grant.binding, grants_rights[grant.role] is True)
        for grant in people
        if grants_rights[grant.role] is not False
    )


_OUTSIDE_NAMESPACES = tuple(row.type for row in EXCEPTIONS if row.pseudo and not row.in_namespaces)
"""Types that no API serves and that are asked for in no namespace, such as users to impersonate."""


class NamespacedRoles:
    """Which roles grant rights in namespaces."""

    def __init__(self, snapshot: Snapshot, types: Iterable[ResourceType]) -> None:
        self._snapshot = snapshot
        self._namespaced = _namespaced((*types, *_OUTSIDE_NAMESPACES))

    def grants_rights(self, ref: RoleRef) -> bool | None:
        """Whether that role grants rights in namespaces; None if that is unknown."""
        role = self._snapshot.role(ref, "")
        if any(map(self.counts, self._snapshot.rules_of(role))):
            return True
        is_known = self._snapshot.doubt_on_role(ref, "") is None
        uncertain = self._snapshot.uncertain_rules_of(role)
        return False if is_known and not any(map(self.counts, uncertain)) else None

    def counts(self, rule: PolicyRule) -> bool:
        """Whether the rule allows something in namespaces: what is done as another identity needs more."""
        names = {resource.partition("/")[0] for resource in rule.resources}
        has_verbs = not all(map(is_on_target, rule.verbs))
        return (
            has_verbs
            and bool(rule.api_groups)
            and any(self._is_inside(name, rule.api_groups) for name in names)
        )

    def _is_inside(self, name: str, groups: Iterable[str]) -> bool:
        """Whether the resource is namespaced in one of *groups*, or is served by none and so may be."""
        known = [self._namespaced[group, name] for group in groups if (group, name) in self._namespaced]
        return any(known) if known else True


def _namespaced(types: Iterable[ResourceType]) -> Mapping[tuple[str, str], bool]:
    """Return, for each (group, resource) pair that a rule can have, whether it covers a namespaced type."""
    namespaced: dict[tuple[str, str], bool] = {}
    for resource_type in types:
        for pair in _covering_pairs(resource_type):
            namespaced[pair] = namespaced.get(pair, False) or resource_type.namespaced
    return namespaced


def _covering_pairs(resource_type: ResourceType) -> Iterator[tuple[str, str]]:
    """Yield the (group, resource) pairs that cover the type in a rule."""
    yield from ((group, name) for group in (resource_type.group, ALL) for name in (resource_type.name, ALL))


def _is_person(subject: Subject) -> bool:
    is_accounts = subject.name == ALL_SERVICE_ACCOUNTS or subject.name.startswith(f"{ALL_SERVICE_ACCOUNTS}:")
    return subject.kind != SERVICE_ACCOUNT and bool(subject.name) and not is_accounts
