"""
The objects that access depends on, as values: what the API server stores, decoded into frozen structs.

Field names are Kubernetes' own (`nonResourceURLs`, `roleRef`, …), spelled for Python. Fields that RBAC
does not read are not decoded. A list that is null in the object is an empty list here: the API server
makes no difference between the two, and its aggregation controller compares rules with that in mind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.structs import force_setattr

if TYPE_CHECKING:
    Strings = tuple[str, ...]
    Labels = dict[str, str]
    Rules = tuple["PolicyRule", ...]
    Subjects = tuple["Subject", ...]
    Selectors = tuple["LabelSelector", ...]
    Requirements = tuple["LabelSelectorRequirement", ...]
else:  # null is accepted when decoding; _Object.__post_init__ makes it the empty value
    Strings = tuple[str, ...] | None
    Labels = dict[str, str] | None
    Rules = "tuple[PolicyRule, ...] | None"
    Subjects = "tuple[Subject, ...] | None"
    Selectors = "tuple[LabelSelector, ...] | None"
    Requirements = "tuple[LabelSelectorRequirement, ...] | None"

RBAC_GROUP = "rbac.authorization.k8s.io"
"""The API group of roles and bindings."""


class _Object(Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """What all of them share: immutable, spelled as Kubernetes does, null is empty."""

    def __post_init__(self) -> None:
        _fill(self)


def _fill(found: Struct) -> None:
    """Give every field that is null its empty value."""
    for name in found.__struct_fields__:
        if getattr(found, name) is None:
            force_setattr(found, name, _EMPTY.get(name, ()))


class PolicyRule(_Object, frozen=True, gc=False, cache_hash=True):
    """One rule of a role: about resources, or about non-resource URLs."""

    verbs: Strings = ()
    api_groups: Strings = ()
    resources: Strings = ()
    resource_names: Strings = ()
    non_resource_urls: Strings = field(default=(), name="nonResourceURLs")


class Subject(Struct, frozen=True, gc=False, omit_defaults=True):
    """A user, group or service account as a binding writes it; `apiGroup` is not read by the authorizer."""

    kind: str = ""
    name: str = ""
    namespace: str | None = ""


class RoleRef(Struct, frozen=True, gc=False):
    """The role that a binding grants; `apiGroup` is not read by the authorizer."""

    kind: str = ""
    name: str = ""


class ObjectMeta(_Object, frozen=True, gc=False):
    """The part of an object's metadata that access depends on."""

    name: str = ""
    namespace: str | None = ""
    labels: Labels = field(default_factory=dict)
    annotations: Labels = field(default_factory=dict)
    resource_version: str | None = ""

    def __post_init__(self) -> None:
        # there is one for each of many thousand objects, so the usual case is told at once
        if None in (self.namespace, self.labels, self.annotations, self.resource_version):
            _fill(self)


class LabelSelectorRequirement(_Object, frozen=True, gc=False):
    """One line of `matchExpressions`."""

    key: str = ""
    operator: str = ""
    values: Strings = ()


class LabelSelector(_Object, frozen=True, gc=False):
    """Labels that must all be there; the empty selector selects everything."""

    match_labels: Labels = field(default_factory=dict)
    match_expressions: Requirements = ()


class AggregationRule(_Object, frozen=True, gc=False):
    """The selectors of an aggregated ClusterRole: alternatives, in order."""

    cluster_role_selectors: Selectors = ()


class KubernetesObject(_Object, frozen=True, gc=False):
    """An object with a name: `kind` is the class's, not a field."""

    kind: ClassVar[str] = ""
    namespaced: ClassVar[bool] = True

    metadata: ObjectMeta = ObjectMeta()

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """The object's namespace; always "" for a cluster-scoped kind, whatever a file says."""
        return (self.metadata.namespace or "") if self.namespaced else ""

    @property
    def key(self) -> tuple[str, str]:
        """(namespace, name): unique among the objects of one kind."""
        return (self.namespace, self.metadata.name)


class Role(KubernetesObject, frozen=True, gc=False):
    """Rules that can be granted in one namespace."""

    kind: ClassVar[str] = "Role"

    rules: Rules = ()


class ClusterRole(KubernetesObject, frozen=True, gc=False):
    """Rules that can be granted in any namespace or in the whole cluster, perhaps aggregated."""

    kind: ClassVar[str] = "ClusterRole"
    namespaced: ClassVar[bool] = False

    rules: Rules = ()
    aggregation_rule: AggregationRule | UnsetType | None = UNSET

    @property
    def selectors(self) -> tuple[LabelSelector, ...]:
        """The aggregation's selectors; empty when the role is not an aggregated one."""
        return self.aggregation_rule.cluster_role_selectors if self.aggregation_rule else ()


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
    """A namespace; RBAC works in it whether it exists or not, people want to know."""

    kind: ClassVar[str] = "Namespace"
    namespaced: ClassVar[bool] = False


class ServiceAccount(KubernetesObject, frozen=True, gc=False):
    """An account that workloads run as."""

    kind: ClassVar[str] = "ServiceAccount"


class ProfileSpec(Struct, frozen=True, gc=False):
    """
    What a Profile says: whose it is, written as a binding's subject, and what else is made for its owner.

    Its *plugins* and quotas are plain data, which may be anything: who knows their kinds looks into them.
    """

    owner: Subject | None = None
    plugins: Any = None
    resource_quota_spec: Any = field(default=None, name="resourceQuotaSpec")


class Profile(KubernetesObject, frozen=True, gc=False):
    """Kubeflow's tenant: the namespace of that name, and who owns it."""

    kind: ClassVar[str] = "Profile"
    namespaced: ClassVar[bool] = False

    spec: ProfileSpec | None = ProfileSpec()

    def __post_init__(self) -> None:
        if self.spec is None:
            force_setattr(self, "spec", ProfileSpec())

    @property
    def owner(self) -> Subject | None:
        """Who owns the profile, None when it does not say."""
        return self.spec.owner if self.spec else None


class AuthorizationPolicy(KubernetesObject, frozen=True, gc=False):
    """Istio's word on whose requests reach the workloads of a namespace; the mesh's code reads its *spec*."""

    kind: ClassVar[str] = "AuthorizationPolicy"

    spec: Any = None


class Deployment(KubernetesObject, frozen=True, gc=False):
    """A workload; only the pipelines' API server is ever read, and who asks how it runs reads its *spec*."""

    kind: ClassVar[str] = "Deployment"

    spec: Any = None


class ConfigMap(KubernetesObject, frozen=True, gc=False):
    """Settings by name; only those of the pipelines' API server are ever read."""

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
