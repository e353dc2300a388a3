"""
The inventory of profiles: for each one its owner, everyone else with access, and its service accounts.

Mirrors what profile_controller.go and kfam/bindings.go of kubeflow/kubeflow write, and what they read back:
the dashboard recognizes a contributor by the annotations `user` and `role` of a RoleBinding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR, OWNERS_BINDING, OWNERS_POLICY, VIEWER
from kubectl_kfaccess.kubeflow.catalogue.services import Service
from kubectl_kfaccess.kubeflow.planes.installed_services import installed_services
from kubectl_kfaccess.kubeflow.planes.mesh.answer import Mesh
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshAnswer, MeshCause, Reach
from kubectl_kfaccess.kubeflow.planes.mesh.user_header import Header, admitted, user_header
from kubectl_kfaccess.kubeflow.tenants.cloud_identities import CloudIdentity, identities
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.kubeflow.tenants.dashboard_annotations import DashboardAnnotation, dashboard_annotation
from kubectl_kfaccess.kubeflow.tenants.owners import owner_and_source
from kubectl_kfaccess.kubeflow.tenants.relations import Relation, Relations
from kubectl_kfaccess.kubeflow.tenants.user_spelling import SimilarUsers
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import (
    AuthorizationPolicy,
    KubernetesObject,
    Namespace,
    Profile,
    RoleBinding,
    RoleRef,
    ServiceAccount,
    Subject,
)
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import (
    GROUP,
    SERVICE_ACCOUNT,
    USER,
    displayed_subject,
    principal,
)

T = TypeVar("T", bound=KubernetesObject)

ACCOUNTS = {EDITOR: ROLES["edit"], VIEWER: ROLES["view"]}
"""The service accounts of every profile, each with the ClusterRole that it is bound to."""

SHORT_ROLES = {long: short for short, long in ROLES.items()}
"""The dashboard's names for the ClusterRoles that it grants."""

NEEDED = ("profiles", "namespaces", "rolebindings", "authorizationpolicies", "serviceaccounts")
"""The lists that a complete answer about a profile needs."""


class Member(Struct, frozen=True):
    """
    One subject of one RoleBinding, or a subject without a RoleBinding (*binding* is None).

    *relation* is what the subject is to the profile by that binding. *subject* is the subject as people name
    it, and *written* is how the object spells it. *role_exists* is None if the role could not be read.
    *annotation* is what the dashboard reads of the binding. *policy* is the name of the AuthorizationPolicy
    that admits the user. *short_role* is the dashboard's name of the role, "" for other roles. *platform*: a
    release ships that the binding names the subject. *unshipped*: no release does, of a platform's subject.
    """

    relation: Relation
    subject: Subject
    written: Subject
    binding: RoleBinding | None = None
    role_exists: bool | None = None
    annotation: DashboardAnnotation | None = None
    policy: str = ""
    short_role: str = ""
    platform: bool = False
    unshipped: bool = False

    @property
    def is_of_owners_binding(self) -> bool:
        """Whether the binding is the one that the profile controller creates for the owner."""
        return self.binding is not None and self.binding.name == OWNERS_BINDING

    @property
    def has_dashboard_role(self) -> bool:
        """Whether this is a user with one of the dashboard's roles, annotated or not, and not as owner."""
        return self.subject.kind == USER and bool(self.short_role) and not self.is_of_owners_binding

    @property
    def user(self) -> str:
        """The name of the subject, for a service account its user name (`system:serviceaccount:NS:NAME`)."""
        user = principal(self.subject, "") if self.subject.kind == SERVICE_ACCOUNT else None
        return user.name if user else self.subject.name

    @property
    def role(self) -> RoleRef | None:
        return self.binding.role_ref if self.binding else None

    @property
    def kubectl(self) -> bool:
        is_valid = self.subject.kind in (USER, GROUP, SERVICE_ACCOUNT)
        return self.binding is not None and is_valid and self.role_exists is not False


class Tenant(Struct, frozen=True):
    """
    One profile. *profile* and *namespace* are None if they do not exist or could not be read.

    *exists* says whether the namespace exists, None if that is unknown. *owner_from* is the kind of the
    object that names the owner. *admits* maps the name of each policy to the users that it admits by name.
    *gaps* are the lists of this profile that could not be read.
    """

    name: str
    profile: Profile | None
    namespace: Namespace | None
    exists: bool | None
    owner: Subject | None
    owner_from: str
    members: tuple[Member, ...]
    bindings: tuple[RoleBinding, ...]
    policies: tuple[AuthorizationPolicy, ...]
    accounts: tuple[ServiceAccount, ...]
    identities: tuple[CloudIdentity, ...]
    admits: Mapping[str, tuple[str, ...]]
    gaps: tuple[Gap, ...] = ()

    def is_unread(self, resource: str) -> bool:
        """Whether the list of that resource could not be read, so that a missing object means nothing."""
        return any(gap.resource == resource for gap in self.gaps)

    def identities_of(self, subject: Subject) -> tuple[str, ...]:
        """Return the cloud identities of *subject*, () unless it is a service account of this profile."""
        if subject.kind != SERVICE_ACCOUNT or subject.namespace != self.name:
            return ()
        return tuple(identity.identity for identity in self.identities if identity.account == subject.name)


def short_role(ref: RoleRef) -> str:
    """Return the dashboard's name for that role, "" if the dashboard does not grant it."""
    return SHORT_ROLES.get(ref.name, "") if ref.kind == "ClusterRole" else ""


class ProfileIndex:
    """
    The profiles of a snapshot. The lists of the snapshot are indexed once, for all profiles.

    *directory* are the people of an identity provider, None if nobody said who they are. Profiles with the
    same value of the label *label* are one tenant; "" for no label.
    """

    def __init__(self, snapshot: Snapshot, directory: People | None = None, label: str = "") -> None:
        self.snapshot = snapshot
        self.directory = directory
        self.tenants = Tenants(snapshot, label)
        self.mesh = Mesh(snapshot)
        self.header: Header = user_header(self.mesh.settings)
        self._policies = _by_namespace(snapshot.authorization_policies.values())
        self._accounts = _by_namespace(snapshot.service_accounts.values())
        self.relations = Relations(snapshot)

    def tenant(self, name: str) -> Tenant:
        """Return the profile of that name, with those of its objects that exist."""
        profile = self.snapshot.profiles.get(("", name))
        namespace = self.snapshot.namespaces.get(("", name))
        bindings = tuple(self.snapshot.role_bindings_by_namespace.get(name, ()))
        owner, origin = owner_and_source(self.snapshot, name)
        accounts = tuple(self._accounts.get(name, ()))
        policies = tuple(self._policies.get(name, ()))
        exists = True if namespace else None if self._namespaces_unknown else False
        tenant = Tenant(
            name, profile, namespace, exists, owner, origin, (), bindings, policies, accounts,
            identities=identities(profile, accounts),
            admits={policy.name: admitted(policy, self.header) for policy in policies},
            gaps=tuple(gap for kind in NEEDED if (gap := self.snapshot.gap(kind, name))),
        )  # fmt: skip
        return replace(tenant, members=tuple(sorted(self._members(tenant), key=_order)))

    def role_exists(self, binding: RoleBinding) -> bool | None:
        """Whether the role of *binding* exists; None if that is unknown."""
        ref = binding.role_ref
        if self.snapshot.role(ref, binding.namespace):
            return True
        is_hidden = self.snapshot.gap_for_role(ref, binding.namespace)
        return None if is_hidden or not self.roles_read else False

    @cached_property
    def roles_read(self) -> bool:
        """Whether any ClusterRoles were read: files may contain only profiles and bindings."""
        return any(not self.snapshot.is_assumed(role) for role in self.snapshot.cluster_roles.values())

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """The services that check permissions here."""
        return installed_services(self.snapshot)

    @cached_property
    def owners(self) -> SimilarUsers:
        """The users who own profiles, indexed by similar names."""
        owners = (profile.owner for profile in self.snapshot.profiles.values() if profile.owner)
        return SimilarUsers(owner.name for owner in owners if owner.kind == USER)

    def is_account_missing(self, subject: Subject) -> bool:
        """Whether *subject* is a service account that is missing from those read in its namespace."""
        namespace = subject.namespace or ""
        was_read = namespace in self._accounts and not self.snapshot.gap("serviceaccounts", namespace)
        exists = (namespace, subject.name) in self.snapshot.service_accounts
        return subject.kind == SERVICE_ACCOUNT and was_read and not exists

    def reach(self, tenant: Tenant, member: Member) -> Reach:
        """Return whether the mesh lets *member* reach the workloads of the profile."""
        return self.mesh_answer(tenant, member).reach

    def mesh_answer(self, tenant: Tenant, member: Member) -> MeshAnswer:
        """Return the mesh's answer about *member*, with its reason."""
        subject = member.subject
        if subject.kind not in (USER, GROUP, SERVICE_ACCOUNT):
            return MeshAnswer(Reach.NO, MeshCause.NOT_ALLOWED)
        return self.mesh.reaches(identified(subject), tenant.name)

    @cached_property
    def _namespaces_unknown(self) -> bool:
        return not self.snapshot.namespaces or self.snapshot.gap("namespaces", "") is not None

    def _members(self, tenant: Tenant) -> Iterator[Member]:
        policies = _policies_by_user(tenant.admits)
        bound: set[str] = set()
        for binding in tenant.bindings:
            for written in dict.fromkeys(binding.subjects):
                member = self._member(tenant, binding, written, policies)
                bound |= {member.subject.name, member.user}
                yield member
        if tenant.owner and not any(_binds_owner(binding, tenant) for binding in tenant.bindings):
            bound.add(tenant.owner.name)
            yield _unbound_owner(tenant.owner, policies)
        for user in sorted(policies.keys() - bound):
            subject = Subject(USER, user)
            yield Member(Relation.OTHER, subject, subject, policy=policies[user][0])
        yield from _unbound_accounts(tenant)

    def _member(
        self,
        tenant: Tenant,
        binding: RoleBinding,
        written: Subject,
        policies: Mapping[str, Sequence[str]],
    ) -> Member:
        subject = displayed_subject(written, tenant.name)
        users_policies = policies.get(written.name, ())
        policy = binding.name if binding.name in users_policies else next(iter(users_policies), "")
        who, grants = principal(subject, tenant.name), self.relations.platform
        return Member(
            self.relations.relation(subject, binding), subject, written, binding, self.role_exists(binding),
            dashboard_annotation(binding), policy, short_role(binding.role_ref),
            platform=who is not None and grants.is_platform(who, binding),
            unshipped=who is not None and grants.is_unshipped(who, binding),
        )  # fmt: skip


def _by_namespace(objects: Iterable[T]) -> dict[str, list[T]]:
    by_namespace: dict[str, list[T]] = {}
    for object_ in sorted(objects, key=lambda object_: object_.key):
        by_namespace.setdefault(object_.namespace, []).append(object_)
    return by_namespace


def _order(member: Member) -> tuple[bool, int, int, str, str, str, str]:
    subject, binding = member.subject, member.binding.name if member.binding else ""
    relation, level = _RELATIONS.index(member.relation), _LEVELS.index(member.short_role)
    return (
        member.platform, relation, level, subject.kind, subject.namespace or "", subject.name, binding,
    )  # fmt: skip


_RELATIONS = tuple(Relation)
_LEVELS = (*reversed(ROLES), "")  # the most powerful first


def _binds_owner(binding: RoleBinding, tenant: Tenant) -> bool:
    is_named = any(displayed_subject(subject, tenant.name) == tenant.owner for subject in binding.subjects)
    return is_named and binding.name == OWNERS_BINDING


def _unbound_owner(owner: Subject, policies: Mapping[str, Sequence[str]]) -> Member:
    return Member(Relation.OWNER, owner, owner, policy=next(iter(policies.get(owner.name, ())), ""))


def _unbound_accounts(tenant: Tenant) -> Iterator[Member]:
    """Yield the service accounts that have a cloud identity but no RoleBinding in the profile."""
    bound = {name for binding in tenant.bindings for name in _own_accounts(binding, tenant.name)}
    for account in dict.fromkeys(identity.account for identity in tenant.identities):
        if account not in bound:
            subject = Subject(SERVICE_ACCOUNT, account, tenant.name)
            yield Member(Relation.OWN_ACCOUNT, subject, subject)


def _own_accounts(binding: RoleBinding, namespace: str) -> Iterator[str]:
    for written in binding.subjects:
        subject = displayed_subject(written, namespace)
        if subject.kind == SERVICE_ACCOUNT and subject.namespace == namespace:
            yield subject.name


def _policies_by_user(admits: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return, for each user, the names of the policies that admit them, the owner's policy first."""
    policies: dict[str, list[str]] = {}
    for policy in sorted(admits, key=lambda name: name != OWNERS_POLICY):
        for user in admits[policy]:
            policies.setdefault(user, []).append(policy)
    return policies
