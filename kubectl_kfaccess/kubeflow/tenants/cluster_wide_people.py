"""
People who have rights in every profile at once: users and groups that a ClusterRoleBinding gives them.

Service accounts and the platform's own subjects are no people; everybody who is logged in, or is not, is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from kubectl_kfaccess.kubeflow.tenants.platform import is_platform
from kubectl_kfaccess.rbac.model import ClusterRoleBinding, PolicyRule, RoleRef, Subject
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.snapshot import Snapshot, principals_of
from kubectl_kfaccess.rbac.subjects import (
    ALL_SERVICE_ACCOUNTS,
    ANONYMOUS,
    AUTHENTICATED,
    GROUP,
    SERVICE_ACCOUNT,
    UNAUTHENTICATED,
    displayed,
)

NEEDED = "clusterrolebindings"
"""The list without which nobody knows who has rights in every profile."""

_EVERYBODY = frozenset((AUTHENTICATED, UNAUTHENTICATED, ANONYMOUS))


class ClusterWideGrant(Struct, frozen=True):
    """
    One of the people whom a ClusterRoleBinding names.

    Where the role could not be read, or has its rules by chance, it is not certain that they have any right.
    *kubectl* and *kubeflow* say where the binding counts: Kubeflow's own services know no groups.
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

    @property
    def kubeflow(self) -> bool | None:
        return False if self.subject.kind == GROUP else self.kubectl


def bound_people(snapshot: Snapshot) -> tuple[ClusterWideGrant, ...]:
    """Return the people whom ClusterRoleBindings name, whatever these give them, once for each binding."""
    found = (
        ClusterWideGrant(displayed(who), binding)
        for binding in snapshot.cluster_role_bindings.values()
        for who in principals_of(binding)
    )
    people = (one for one in found if _is_person(one.subject))
    return tuple(sorted(people, key=lambda one: (one.subject.kind, one.subject.name, one.binding.name)))


def with_rights(
    people: Sequence[ClusterWideGrant], snapshot: Snapshot, types: Iterable[ResourceType]
) -> tuple[ClusterWideGrant, ...]:
    """
    Return those of *people* who have rights in namespaces, *types* being what the cluster serves.

    A rule counts unless all that it names is known to be outside of namespaces. Who holds a role that could
    not be read is among them, and not certain; a role that does not exist gives nothing.
    """
    counting = _Counting(snapshot, types)
    known = {ref: counting.of(ref) for ref in dict.fromkeys(one.role for one in people)}
    return tuple(
        ClusterWideGrant(one.subject, one.binding, known[one.role] is True)
        for one in people
        if known[one.role] is not False
    )


class _Counting:
    """Which roles give rights in namespaces."""

    def __init__(self, snapshot: Snapshot, types: Iterable[ResourceType]) -> None:
        self._snapshot = snapshot
        self._namespaced = _namespaced(types)

    def of(self, ref: RoleRef) -> bool | None:
        """Whether that role does; None where that cannot be told."""
        role = self._snapshot.role(ref, "")
        if role is None:
            return None if ref.kind == "ClusterRole" and self._snapshot.gap("clusterroles", "") else False
        if any(map(self._counts, self._snapshot.rules_of(role))):
            return True
        return None if any(map(self._counts, self._snapshot.uncertain_rules_of(role))) else False

    def _counts(self, rule: PolicyRule) -> bool:
        names = {resource.partition("/")[0] for resource in rule.resources}
        return bool(rule.verbs and rule.api_groups) and any(
            self._is_inside(name, rule.api_groups) for name in names
        )

    def _is_inside(self, name: str, groups: Iterable[str]) -> bool:
        """Whether the resource is in namespaces in one of its groups; what none of them serves may be."""
        known = [self._namespaced[group, name] for group in groups if (group, name) in self._namespaced]
        return any(known) if known else True


def _namespaced(types: Iterable[ResourceType]) -> Mapping[tuple[str, str], bool]:
    """For each group and resource, each of them perhaps `*`, whether any that is meant is in namespaces."""
    found: dict[tuple[str, str], bool] = {}
    for one in types:
        for pair in _meaning(one):
            found[pair] = found.get(pair, False) or one.namespaced
    return found


def _meaning(one: ResourceType) -> Iterator[tuple[str, str]]:
    """What a rule may write to mean the resource."""
    yield from ((group, name) for group in (one.group, ALL) for name in (one.name, ALL))


def _is_person(subject: Subject) -> bool:
    of_accounts = subject.name == ALL_SERVICE_ACCOUNTS or subject.name.startswith(f"{ALL_SERVICE_ACCOUNTS}:")
    if subject.kind == SERVICE_ACCOUNT or not subject.name or of_accounts:
        return False
    return subject.name in _EVERYBODY or not is_platform(subject.kind, subject.name, "", ())
