"""
All that the evaluator knows of a cluster: its objects, and what could not be read.

A snapshot is a value. It makes no difference if it came from a live cluster, from files or from the demo.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, TypeVar

from msgspec import Struct

from kubectl_kfaccess.errors import ErrorCode
from kubectl_kfaccess.notes import Note
from kubectl_kfaccess.rbac.aggregation import Aggregation
from kubectl_kfaccess.rbac.model import (
    AnyRole,
    AuthorizationPolicy,
    Binding,
    ClusterRole,
    ClusterRoleBinding,
    ConfigMap,
    Deployment,
    KubernetesObject,
    Namespace,
    PolicyRule,
    Profile,
    Role,
    RoleBinding,
    RoleRef,
    ServiceAccount,
)
from kubectl_kfaccess.rbac.subjects import Principal, principal
from kubectl_kfaccess.rbac.unread_roles import Labels, selecting_unread

Key = tuple[str, str]
Namespaces = tuple[str, ...] | None  # None is all namespaces, () is none: a request outside namespaces
T = TypeVar("T", bound=KubernetesObject)


NOT_IN_SNAPSHOT = "not in the snapshot: "
"""What the reason of a gap begins with if a saved snapshot never had the list."""


class Gap(Struct, frozen=True, gc=False, order=True):
    """
    A list that could not be read: the resource, the namespace ("" for all of them), and the reason.

    *code* is the error code of a command that cannot answer without this list.
    """

    resource: str
    namespace: str
    reason: str
    code: ErrorCode = ErrorCode.FORBIDDEN

    @property
    def is_of_files(self) -> bool:
        """Whether only some objects are missing from the list, which a file has; the reason says all."""
        return self.code in (ErrorCode.REFUSED_OBJECT, ErrorCode.UNREADABLE_INPUT)

    @property
    def is_of_settings(self) -> bool:
        """Whether settings are missing, not objects that grant: an answer that needs them says so itself."""
        return self.resource == "configmaps"


class UnreadRole(Struct, frozen=True):
    """A role that exists, perhaps, and whose rules are not known: its labels, and why it was not read."""

    labels: Labels
    gap: Gap


def by_key(objects: Iterable[T]) -> dict[Key, T]:
    """Return *objects* by (namespace, name). If two have the same key, the later one counts."""
    return {value.key: value for value in objects}


@dataclass(frozen=True)
class Snapshot:
    """
    Objects by (namespace, name), gaps, and the keys of the built-in objects that are only assumed.

    *settled* names the aggregated ClusterRoles whose `rules` an overlay has worked out, each with the rules
    that it has or not, depending on the controller's order of events. *unread_roles* are those whose rules
    are not known, by (kind, namespace, name), the name "" if it is not known either. *elsewhere* says why
    roles that bindings refer to can exist although they are not here; "" means that they do not exist.
    """

    cluster_roles: Mapping[Key, ClusterRole] = field(default_factory=dict)
    cluster_role_bindings: Mapping[Key, ClusterRoleBinding] = field(default_factory=dict)
    roles: Mapping[Key, Role] = field(default_factory=dict)
    role_bindings: Mapping[Key, RoleBinding] = field(default_factory=dict)
    namespaces: Mapping[Key, Namespace] = field(default_factory=dict)
    service_accounts: Mapping[Key, ServiceAccount] = field(default_factory=dict)
    profiles: Mapping[Key, Profile] = field(default_factory=dict)
    authorization_policies: Mapping[Key, AuthorizationPolicy] = field(default_factory=dict)
    deployments: Mapping[Key, Deployment] = field(default_factory=dict)
    config_maps: Mapping[Key, ConfigMap] = field(default_factory=dict)
    assumed: Mapping[tuple[str, str, str], None] = field(default_factory=dict)
    settled: Mapping[str, tuple[PolicyRule, ...]] = field(default_factory=dict)
    unread_roles: Mapping[tuple[str, str, str], tuple[UnreadRole, ...]] = field(default_factory=dict)
    elsewhere: str = ""
    gaps: tuple[Gap, ...] = ()
    notes: tuple[Note, ...] = ()

    def over(self, other: Snapshot) -> Snapshot:
        """Return the objects of *other* and of this snapshot, which win if both have the same key."""
        maps = [f.name for f in fields(self) if isinstance(getattr(self, f.name), Mapping)]
        laid: dict[str, Any] = {name: {**getattr(other, name), **getattr(self, name)} for name in maps}
        notes = tuple(dict.fromkeys((*other.notes, *self.notes)))
        return replace(self, **laid, gaps=other.gaps + self.gaps, notes=notes)

    def role(self, ref: RoleRef, namespace: str) -> AnyRole | None:
        """Return the role that *ref* names in a binding of *namespace* (upstream: GetRoleReferenceRules)."""
        if ref.kind == "ClusterRole":
            return self.cluster_roles.get(("", ref.name))
        return self.roles.get((namespace, ref.name)) if ref.kind == "Role" and namespace else None

    def rules_of(self, role: AnyRole | None) -> tuple[PolicyRule, ...]:
        """Return the rules that *role* certainly has, aggregated ones included; none if *role* is None."""
        if isinstance(role, ClusterRole):
            return self.aggregation.rules(role.name)
        return role.rules if role else ()

    def uncertain_rules_of(self, role: AnyRole | None) -> tuple[PolicyRule, ...]:
        """Return the rules that *role* has or has not, depending on the controller's order of events."""
        return self.aggregation.uncertain_rules(role.name) if isinstance(role, ClusterRole) else ()

    def is_assumed(self, value: KubernetesObject) -> bool:
        """Whether *value* comes only from Kubernetes' defaults, and was not read anywhere."""
        return (value.kind, *value.key) in self.assumed

    def gap_for_role(self, ref: RoleRef, namespace: str) -> Gap | None:
        """Return the gap that can hide the role that *ref* names in a binding of *namespace*."""
        if ref.kind == "ClusterRole":
            return self.gap("clusterroles", "")
        return self.gap("roles", namespace)

    def doubt_on_role(self, ref: RoleRef, namespace: str) -> Gap | None:
        """Return why not all rules are known that *ref* grants in a binding of *namespace*."""
        within = "" if ref.kind == "ClusterRole" else namespace
        if not is_possible(ref, namespace):
            return None
        unread = self.unread_roles.get((ref.kind, within, ref.name))
        if unread:
            return unread[0].gap
        if self.role(ref, namespace):
            return self._doubtful_cluster_roles.get(ref.name) if ref.kind == "ClusterRole" else None
        return self._elsewhere(ref, within) or self.gap_for_role(ref, namespace)

    def _elsewhere(self, ref: RoleRef, namespace: str) -> Gap | None:
        resource = "clusterroles" if ref.kind == "ClusterRole" else "roles"
        gap = Gap(resource, namespace, self.elsewhere, ErrorCode.UNREADABLE_INPUT)
        return gap if self.elsewhere else None

    @cached_property
    def is_complete(self) -> bool:
        """Whether everything was read, so that what is not here does not exist."""
        return not (self.gaps or self.unread_roles or self.elsewhere)

    def gap(self, resource: str, namespace: str) -> Gap | None:
        """Return the gap that can hide objects of *resource* in *namespace*."""
        return self._gaps.get((resource, namespace)) or self._gaps.get((resource, ""))

    @cached_property
    def aggregation(self) -> Aggregation:
        """The effective rules of all ClusterRoles."""
        return Aggregation({name: role for (_, name), role in self.cluster_roles.items()}, self.settled)

    @cached_property
    def role_bindings_by_namespace(self) -> dict[str, list[RoleBinding]]:
        """The RoleBindings of each namespace, sorted by name."""
        bindings: dict[str, list[RoleBinding]] = {}
        for key in sorted(self.role_bindings):
            if key[0]:  # a RoleBinding without a namespace grants nothing anywhere
                bindings.setdefault(key[0], []).append(self.role_bindings[key])
        return bindings

    def bindings(self, namespaces: Namespaces) -> Iterator[Binding]:
        """Yield the bindings that count for requests in *namespaces*, cluster-wide ones first."""
        yield from (self.cluster_role_bindings[key] for key in sorted(self.cluster_role_bindings))
        for namespace in self.role_bindings_by_namespace if namespaces is None else namespaces:
            yield from self.role_bindings_by_namespace.get(namespace, ())

    @cached_property
    def bound(self) -> dict[str, dict[Principal, list[Binding]]]:
        """For each namespace ("" for the cluster-wide ones), the bindings of each principal, in order."""
        index: dict[str, dict[Principal, list[Binding]]] = {}
        for binding in self.bindings(None):
            where = index.setdefault(binding.namespace, {})
            for who in principals_of(binding):
                where.setdefault(who, []).append(binding)
        return index

    @cached_property
    def places(self) -> dict[Principal, list[str]]:
        """The namespaces in which bindings name each principal, sorted; "" for the cluster-wide ones."""
        index: dict[Principal, list[str]] = {}
        for place in sorted(self.bound):
            for who in self.bound[place]:
                index.setdefault(who, []).append(place)
        return index

    @cached_property
    def principals(self) -> frozenset[Principal]:
        """All principals that bindings name."""
        return frozenset(who for index in self.bound.values() for who in index)

    @cached_property
    def _doubtful_cluster_roles(self) -> dict[str, Gap]:
        """The ClusterRoles that aggregate an unread one, with the gap of the first."""
        unread = [
            (name, role)
            for (kind, _, name), roles in self.unread_roles.items()
            for role in roles
            if kind == "ClusterRole"
        ]
        if not unread:
            return {}
        gaps = {name: role.gap for name, role in reversed(unread)}
        affected = selecting_unread(self.aggregation, ((name, role.labels) for name, role in unread))
        return {name: gaps[source] for name, source in affected.items()}

    @cached_property
    def _gaps(self) -> dict[tuple[str, str], Gap]:
        return {(gap.resource, gap.namespace): gap for gap in self.gaps}


def is_possible(ref: RoleRef, namespace: str) -> bool:
    """Return whether a role can exist that *ref* names in a binding of *namespace* ("": cluster-wide)."""
    return ref.kind == "ClusterRole" or bool(ref.kind == "Role" and namespace)


def principals_of(binding: Binding) -> dict[Principal, None]:
    """Return the principals of the binding's subjects as keys, in its order, each once."""
    namespace = binding.namespace
    principals = [principal(subject, namespace) for subject in binding.subjects]
    return dict.fromkeys(who for who in principals if who is not None)
