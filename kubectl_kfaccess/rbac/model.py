"""
The objects that access depends on, decoded into frozen structs.

Field names are Kubernetes' own (`nonResourceURLs`, `roleRef`, …), spelled as in Python. Fields that do not
matter to access are not decoded. A list that is null becomes an empty list: to the API server and to its
aggregation controller they are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import UNSET, Struct, UnsetType, field, structs
from msgspec.structs import force_setattr

if TYPE_CHECKING:
    Strings = tuple[str, ...]
    Labels = dict[str, str]
    Rules = tuple["PolicyRule", ...]
    Subjects = tuple["Subject", ...]
    Selectors = tuple["LabelSelector", ...]
    Requirements = tuple["LabelSelectorRequirement", ...]
    Managers = tuple["ManagedFields", ...]
    Owners = tuple["OwnerReference", ...]
else:  # null is accepted when decoding; _Object.__post_init__ makes it the empty value
    Strings = tuple[str, ...] | None
    Labels = dict[str, str] | None
    Rules = "tuple[PolicyRule, ...] | None"
    Subjects = "tuple[Subject, ...] | None"
    Selectors = "tuple[LabelSelector, ...] | None"
    Requirements = "tuple[LabelSelectorRequirement, ...] | None"
    Managers = "tuple[ManagedFields, ...] | None"
    Owners = "tuple[OwnerReference, ...] | None"

RBAC_GROUP = "rbac.authorization.k8s.io"
"""The API group of roles and bindings."""


class _Object(Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """The base of all structs: frozen, with Kubernetes' spelling of fields; null is read as empty."""

    def __post_init__(self) -> None:
        _fill(self)


def _fill(value: Struct) -> None:
    """Replace null in every field of *value* by the field's empty value."""
    for name in value.__struct_fields__:
        if getattr(value, name) is None:
            force_setattr(value, name, _EMPTY.get(name, ()))


class PolicyRule(_Object, frozen=True, gc=False, cache_hash=True):
    """One rule of a role, on resources or on non-resource URLs."""

    verbs: Strings = ()
    api_groups: Strings = ()
    resources: Strings = ()
    resource_names: Strings = ()
    non_resource_urls: Strings = field(default=(), name="nonResourceURLs")


class Subject(Struct, frozen=True, gc=False, omit_defaults=True):
    """A user, group or service account in a binding. The authorizer does not read its `apiGroup`."""

    kind: str = ""
    name: str = ""
    namespace: str | None = ""


class RoleRef(Struct, frozen=True, gc=False):
    """The role that a binding grants. The authorizer does not read its `apiGroup`."""

    kind: str = ""
    name: str = ""


class OwnerReference(_Object, frozen=True, gc=False):
    """An object that owns another. The one with *controller* is the one whose controller manages it."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    controller: bool | None = False


class ObjectMeta(_Object, frozen=True, gc=False):
    """The part of an object's metadata that access depends on, and its owners."""

    name: str = ""
    namespace: str | None = ""
    labels: Labels = field(default_factory=dict)
    annotations: Labels = field(default_factory=dict)
    resource_version: str | None = ""
    owner_references: Owners = ()

    def __post_init__(self) -> None:
        # there are many thousand of these, so the usual case must be fast
        values = (self.namespace, self.labels, self.annotations, self.resource_version, self.owner_references)
        if None in values:
            _fill(self)

    @property
    def controller(self) -> OwnerReference | None:
        """The owner whose controller manages the object; None if it has none."""
        return next((owner for owner in self.owner_references if owner.controller), None)


class _OwnedFields(Struct, frozen=True, gc=False):
    """The part of `fieldsV1` that matters: whether the manager owns the rules."""

    rules: Any = field(default=UNSET, name="f:rules")


class ManagedFields(Struct, frozen=True, gc=False):
    """The fields that one field manager owns."""

    manager: str = ""
    fields_v1: _OwnedFields | None = field(default=None, name="fieldsV1")

    @property
    def has_rules(self) -> bool:
        """Whether the manager owns the rules."""
        return self.fields_v1 is not None and self.fields_v1.rules is not UNSET


class ClusterRoleMeta(ObjectMeta, frozen=True, gc=False):
    """The metadata of a ClusterRole. Its field managers show who wrote the rules of an aggregated one."""

    managed_fields: Managers = ()


class LabelSelectorRequirement(_Object, frozen=True, gc=False):
    """One line of `matchExpressions`."""

    key: str = ""
    operator: str = ""
    values: Strings = ()


class LabelSelector(_Object, frozen=True, gc=False):
    """Labels that an object must all have. The empty selector selects everything."""

    match_labels: Labels = field(default_factory=dict)
    match_expressions: Requirements = ()


class AggregationRule(_Object, frozen=True, gc=False):
    """The selectors of an aggregated ClusterRole: alternatives, in order."""

    cluster_role_selectors: Selectors = ()


class KubernetesObject(_Object, frozen=True, gc=False):
    """An object with a name. `kind` belongs to the class and is not a field."""

    kind: ClassVar[str] = ""
    namespaced: ClassVar[bool] = True

    metadata: ObjectMeta = ObjectMeta()

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """The object's namespace. It is "" for a cluster-scoped kind, even if a file gives one."""
        return (self.metadata.namespace or "") if self.namespaced else ""

    @property
    def key(self) -> tuple[str, str]:
        """(namespace, name), which is unique among the objects of one kind."""
        return (self.namespace, self.metadata.name)


class Role(KubernetesObject, frozen=True, gc=False):
    """Rules that can be granted in the role's namespace."""

    kind: ClassVar[str] = "Role"

    rules: Rules = ()


class ClusterRole(KubernetesObject, frozen=True, gc=False):
    """Rules that can be granted in any namespace or in the whole cluster. They can be aggregated."""

    kind: ClassVar[str] = "ClusterRole"
    namespaced: ClassVar[bool] = False

    if not TYPE_CHECKING:  # only decoding makes the longer metadata
        metadata: ClusterRoleMeta = ClusterRoleMeta()

    rules: Rules = ()
    aggregation_rule: AggregationRule | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        _fill(self)
        meta = self.metadata
        if isinstance(meta, ClusterRoleMeta) and not meta.managed_fields:  # equal to one that was not decoded
            force_setattr(self, "metadata", ObjectMeta(**_plain_fields(meta)))

    @property
    def managers_of_rules(self) -> frozenset[str]:
        """The field managers that own the rules, none if that is not known."""
        managed = self.metadata.managed_fields if isinstance(self.metadata, ClusterRoleMeta) else ()
        return frozenset(entry.manager for entry in managed if entry.has_rules)

    @property
    def selectors(self) -> tuple[LabelSelector, ...]:
        """The selectors of the aggregation rule, empty if the role is not aggregated."""
        return self.aggregation_rule.cluster_role_selectors if self.aggregation_rule else ()

    def with_rules(self, rules: tuple[PolicyRule, ...], manager: str) -> ClusterRole:
        """Return the role with *rules*, which *manager* has written."""
        owned = (ManagedFields(manager, _OwnedFields({})),)
        fields = {**_plain_fields(self.metadata), "namespace": ""}
        return structs.replace(self, metadata=ClusterRoleMeta(**fields, managed_fields=owned), rules=rules)


def _plain_fields(meta: ObjectMeta) -> dict[str, Any]:
    """Return the fields that the metadata of every kind has, by name."""
    return {name: getattr(meta, name) for name in ObjectMeta.__struct_fields__}


class RoleBinding(KubernetesObject, frozen=True, gc=False):
    """A grant in one namespace."""

    kind: ClassVar[str] = "RoleBinding"

    role_ref: RoleRef = RoleRef()
    subjects: Subjects = ()

    def __post_init__(self) -> None:
        if self.subjects is None:
            _fill(self)


class ClusterRoleBinding(KubernetesObject, frozen=True, gc=False):
    """A grant in the whole cluster."""

    kind: ClassVar[str] = "ClusterRoleBinding"
    namespaced: ClassVar[bool] = False

    role_ref: RoleRef = RoleRef()
    subjects: Subjects = ()


class Namespace(KubernetesObject, frozen=True, gc=False):
    """A namespace. RBAC works whether it exists or not, but people want to know."""

    kind: ClassVar[str] = "Namespace"
    namespaced: ClassVar[bool] = False


class ServiceAccount(KubernetesObject, frozen=True, gc=False):
    """An account that workloads run as."""

    kind: ClassVar[str] = "ServiceAccount"


class ProfileSpec(Struct, frozen=True, gc=False):
    """
    The spec of a Profile: its owner, in the form of a binding's subject, and what else the controller makes.

    *plugins* and the quota are untyped data. The code that knows a plugin's kind reads it.
    """

    owner: Subject | None = None
    plugins: Any = None
    resource_quota_spec: Any = field(default=None, name="resourceQuotaSpec")


class Profile(KubernetesObject, frozen=True, gc=False):
    """A tenant of Kubeflow: the namespace of that name, and its owner."""

    kind: ClassVar[str] = "Profile"
    namespaced: ClassVar[bool] = False

    spec: ProfileSpec | None = ProfileSpec()

    def __post_init__(self) -> None:
        if self.spec is None:
            force_setattr(self, "spec", ProfileSpec())

    @property
    def owner(self) -> Subject | None:
        """The owner of the profile, None if it names none."""
        return self.spec.owner if self.spec else None


class AuthorizationPolicy(KubernetesObject, frozen=True, gc=False):
    """An Istio policy that decides whose requests reach the workloads of a namespace; *spec* is untyped."""

    kind: ClassVar[str] = "AuthorizationPolicy"

    spec: Any = None


class Deployment(KubernetesObject, frozen=True, gc=False):
    """A workload. Only the pipelines API server's is read, for how it is configured; *spec* is untyped."""

    kind: ClassVar[str] = "Deployment"

    spec: Any = None


class ConfigMap(KubernetesObject, frozen=True, gc=False):
    """Settings by name. Only those of the pipelines API server, of profiles and of the mesh are read."""

    kind: ClassVar[str] = "ConfigMap"

    data: Labels = field(default_factory=dict)


Binding = RoleBinding | ClusterRoleBinding
AnyRole = Role | ClusterRole

_EMPTY: dict[str, object] = {
    "labels": {},
    "annotations": {},
    "data": {},
    "match_labels": {},
    "namespace": "",
    "resource_version": "",
    "aggregation_rule": UNSET,
}
