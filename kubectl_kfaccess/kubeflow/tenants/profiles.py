"""
The inventory of profiles: for each one its owner, everyone else with access, and its service accounts.

Mirrors what profile_controller.go and kfam/bindings.go of kubeflow/kubeflow write, and what they read back:
the dashboard recognizes a contributor by the annotations `user` and `role` of a RoleBinding.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR, OWNERS_BINDING, OWNERS_POLICY, VIEWER
from kubectl_kfaccess.kubeflow.catalogue.services import Service
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.installed_services import installed_services
from kubectl_kfaccess.kubeflow.planes.mesh.answer import Mesh
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshAnswer, MeshCause, Reach
from kubectl_kfaccess.kubeflow.planes.mesh.user_header import Header, admitted, user_header
from kubectl_kfaccess.kubeflow.tenants.cloud_identities import CloudIdentity, identities
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.kubeflow.tenants.platform import is_platform, platform_namespaces
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
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import (
    ALL_SERVICE_ACCOUNTS,
    ANONYMOUS,
    GROUP,
    SERVICE_ACCOUNT,
    SERVICE_ACCOUNT_PREFIX,
    USER,
    displayed,
    principal,
)

T = TypeVar("T", bound=KubernetesObject)

ACCOUNTS = {EDITOR: ROLES["edit"], VIEWER: ROLES["view"]}
"""The service accounts of every profile, each with the ClusterRole that it is bound to."""

SHORT_ROLES = {long: short for short, long in ROLES.items()}
"""The dashboard's names for the ClusterRoles that it grants."""

NEEDED = ("profiles", "namespaces", "rolebindings", "authorizationpolicies", "serviceaccounts")
"""The lists that a complete answer about a profile needs."""


class MemberKind(enum.Enum):
    """How a member relates to the profile, in the order in which members are listed."""

    OWNER = "owner"
    CONTRIBUTOR = "contributor"  # a user with one of the dashboard's roles
    GROUP = "group"
    OTHER = "other"  # other roles, other tenants' accounts, users that only the mesh admits
    ACCOUNT = "account"  # a service account in the profile's own namespace
    PLATFORM = "platform"


class DashboardAnnotation(Struct, frozen=True):
    """The annotations of a RoleBinding that the dashboard reads."""

    user: str
    role: str


class Member(Struct, frozen=True):
    """
    One subject of one RoleBinding, or a subject without a RoleBinding (*binding* is None).

    *subject* is the subject as people name it, and *written* is how the object spells it. *role_exists* is
    None if the role could not be read. *annotation* is what the dashboard reads of the binding. *policy* is
    the name of the AuthorizationPolicy that admits the user. *short_role* is the dashboard's name of the
    role, "" for other roles. *kubectl* says whether the grant counts for kubectl.
    """

    kind: MemberKind
    subject: Subject
    written: Subject
    binding: RoleBinding | None = None
    role_exists: bool | None = None
    annotation: DashboardAnnotation | None = None
    policy: str = ""
    short_role: str = ""

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
    """The profiles of a snapshot. The lists of the snapshot are indexed once, for all profiles."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.mesh = Mesh(snapshot)
        self.header: Header = user_header(self.mesh.settings)
        self._policies = _by_namespace(snapshot.authorization_policies.values())
        self._accounts = _by_namespace(snapshot.service_accounts.values())
        self._platform = platform_namespaces(
            snapshot.cluster_role_bindings.values(), profile_namespaces(snapshot)
        )

    def tenant(self, name: str) -> Tenant:
        """Return the profile of that name, with those of its objects that exist."""
        profile = self.snapshot.profiles.get(("", name))
        namespace = self.snapshot.namespaces.get(("", name))
        bindings = tuple(self.snapshot.role_bindings_by_namespace.get(name, ()))
        owner, origin = _owner(name, profile, namespace, bindings)
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

    def is_platform_subject(self, subject: Subject) -> bool:
        """Whether *subject* belongs to the platform, so that no tenant added it."""
        namespace = subject.namespace or ""
        if subject.kind == GROUP or subject.name == ANONYMOUS:  # everyone (`system:…`) is not the platform
            return namespace_of_account_group(subject) in self._platform
        return is_platform(subject.kind, subject.name, namespace, self._platform)

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
            yield Member(MemberKind.OTHER, subject, subject, policy=policies[user][0])
        yield from _unbound_accounts(tenant)

    def _member(
        self,
        tenant: Tenant,
        binding: RoleBinding,
        written: Subject,
        policies: Mapping[str, Sequence[str]],
    ) -> Member:
        subject = displayed_subject(written, tenant.name)
        kind = self._kind(tenant, binding, subject)
        users_policies = policies.get(written.name, ())
        policy = binding.name if binding.name in users_policies else next(iter(users_policies), "")
        return Member(
            kind, subject, written, binding, self.role_exists(binding), dashboard_annotation(binding),
            policy, short_role(binding.role_ref),
        )  # fmt: skip

    def _kind(self, tenant: Tenant, binding: RoleBinding, subject: Subject) -> MemberKind:
        if binding.name == OWNERS_BINDING:
            return MemberKind.OWNER
        if self.is_platform_subject(subject):
            return MemberKind.PLATFORM
        if home_of_accounts(subject) == tenant.name:
            return MemberKind.ACCOUNT
        if subject.kind == GROUP:
            return MemberKind.GROUP
        is_person = subject.kind == USER and short_role(binding.role_ref)
        return MemberKind.CONTRIBUTOR if is_person else MemberKind.OTHER


def dashboard_annotation(binding: RoleBinding) -> DashboardAnnotation | None:
    """Return what the dashboard reads of a binding, or None unless it has both annotations."""
    # KFAM's List checks that the keys exist, whatever their values are
    annotations = binding.metadata.annotations
    if "user" not in annotations or "role" not in annotations:
        return None
    return DashboardAnnotation(annotations["user"], annotations["role"])


def home_of_accounts(subject: Subject) -> str:
    """Return the namespace of a service account, or of a group of all accounts in a namespace; else ""."""
    if subject.kind == SERVICE_ACCOUNT:
        return subject.namespace or ""
    return namespace_of_account_group(subject)


def namespace_of_account_group(subject: Subject) -> str:
    """Return NS for the group `system:serviceaccounts:NS`, "" for any other subject."""
    prefix = f"{ALL_SERVICE_ACCOUNTS}:"
    is_account_group = subject.kind == GROUP and subject.name.startswith(prefix)
    return subject.name.removeprefix(prefix) if is_account_group else ""


def _by_namespace(objects: Iterable[T]) -> dict[str, list[T]]:
    by_namespace: dict[str, list[T]] = {}
    for object_ in sorted(objects, key=lambda object_: object_.key):
        by_namespace.setdefault(object_.namespace, []).append(object_)
    return by_namespace


def _owner(
    name: str, profile: Profile | None, namespace: Namespace | None, bindings: Sequence[RoleBinding]
) -> tuple[Subject | None, str]:
    """
    Return the owner and the kind of the object that names them: the Profile, if it names one.

    Otherwise it is one of the objects that the controller created from the Profile. (None, "") if none does.
    """
    if profile and profile.owner and profile.owner.name:
        return displayed_subject(profile.owner, name), "Profile"
    subjects = next((binding.subjects for binding in bindings if binding.name == OWNERS_BINDING), ())
    annotated = namespace.metadata.annotations.get("owner", "") if namespace else ""
    if annotated:  # the annotation does not say what kind of subject the owner is
        owner = next((subject for subject in subjects if subject.name == annotated), Subject(USER, annotated))
        return displayed_subject(owner, name), "Namespace"
    if subjects and subjects[0].name:
        return displayed_subject(subjects[0], name), "RoleBinding"
    return None, ""


def displayed_subject(subject: Subject, namespace: str) -> Subject:
    """Return a binding's *subject* as people name it, or unchanged if it matches no identity."""
    is_plain = subject.kind in (USER, GROUP) and subject.namespace == ""
    if is_plain and not subject.name.startswith(SERVICE_ACCOUNT_PREFIX):
        return subject  # fast path: most subjects
    resolved = principal(subject, namespace)
    return displayed(resolved) if resolved and resolved.name else subject


def _order(member: Member) -> tuple[int, int, str, str, str, str]:
    subject, binding = member.subject, member.binding.name if member.binding else ""
    level = _LEVELS.index(member.short_role)
    return _KINDS.index(member.kind), level, subject.kind, subject.namespace or "", subject.name, binding


_KINDS = tuple(MemberKind)
_LEVELS = (*reversed(ROLES), "")  # the most powerful first


def _binds_owner(binding: RoleBinding, tenant: Tenant) -> bool:
    is_named = any(displayed_subject(subject, tenant.name) == tenant.owner for subject in binding.subjects)
    return is_named and binding.name == OWNERS_BINDING


def _unbound_owner(owner: Subject, policies: Mapping[str, Sequence[str]]) -> Member:
    return Member(MemberKind.OWNER, owner, owner, policy=next(iter(policies.get(owner.name, ())), ""))


def _unbound_accounts(tenant: Tenant) -> Iterator[Member]:
    """Yield the service accounts that have a cloud identity but no RoleBinding in the profile."""
    bound = {name for binding in tenant.bindings for name in _own_accounts(binding, tenant.name)}
    for account in dict.fromkeys(identity.account for identity in tenant.identities):
        if account not in bound:
            subject = Subject(SERVICE_ACCOUNT, account, tenant.name)
            yield Member(MemberKind.ACCOUNT, subject, subject)


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
