"""
Profiles as an inventory: of each the owner, everybody else who has access, the accounts and what they reach.

Mirrors what profile_controller.go and kfam/bindings.go of kubeflow/kubeflow write, and what they read again:
the dashboard knows a contributor by the annotations `user` and `role` of a RoleBinding.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace as changed

from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR, OWNERS_BINDING, OWNERS_POLICY, VIEWER
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.mesh import Mesh, Reach
from kubectl_kfaccess.kubeflow.planes.mesh_user_header import Header, admitted, header, in_the_usual_terms
from kubectl_kfaccess.kubeflow.tenants.cloud_identities import CloudIdentity, identities
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.kubeflow.tenants.platform import is_platform, platform_namespaces
from kubectl_kfaccess.kubeflow.tenants.user_spelling import Namesakes
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
"""The ServiceAccounts of every profile, and the ClusterRole that each is bound to."""

SHORT_ROLES = {long: short for short, long in ROLES.items()}
"""What the dashboard calls each of the ClusterRoles that it hands out."""

NEEDED = ("profiles", "namespaces", "rolebindings", "authorizationpolicies", "serviceaccounts")
"""The lists without which the answer about a profile is not complete."""


class MemberKind(enum.Enum):
    """What somebody is to a profile; the order is that of the rows."""

    OWNER = "owner"
    CONTRIBUTOR = "contributor"  # a user with one of the dashboard's roles
    GROUP = "group"
    OTHER = "other"  # other roles, other tenants' accounts, users whom the mesh alone lets in
    ACCOUNT = "account"  # an account of the profile's own namespace
    PLATFORM = "platform"


class DashboardAnnotation(Struct, frozen=True):
    """What the annotations of a RoleBinding tell the dashboard."""

    user: str
    role: str


class Member(Struct, frozen=True):
    """
    One subject of one RoleBinding, or somebody without any: *binding* is None then.

    *subject* is as people name it, *written* as it stands in the object. *role_exists* is None when the role
    could not be read. *policy* is the mesh's one that goes with it. *short_role* is what the dashboard calls
    the role, "" for any other. *kubectl* and *kubeflow* say where such a grant counts: Kubeflow's own
    services know no groups.
    """

    kind: MemberKind
    subject: Subject
    written: Subject
    binding: RoleBinding | None = None
    role_exists: bool | None = None
    shown: DashboardAnnotation | None = None
    policy: str = ""
    short_role: str = ""

    @property
    def user(self) -> str:
        """The name of the user that the subject is."""
        who = principal(self.subject, "") if self.subject.kind == SERVICE_ACCOUNT else None
        return who.name if who else self.subject.name

    @property
    def role(self) -> RoleRef | None:
        return self.binding.role_ref if self.binding else None

    @property
    def kubectl(self) -> bool:
        means_somebody = self.subject.kind in (USER, GROUP, SERVICE_ACCOUNT)
        return self.binding is not None and means_somebody and self.role_exists is not False

    @property
    def kubeflow(self) -> bool:
        return self.kubectl and self.subject.kind != GROUP


class Tenant(Struct, frozen=True):
    """
    One profile; of *profile* and *namespace* what could be read.

    *owner_from* names the kind of object that says who the owner is. *exists*: whether the namespace does.
    *admits*: the users whom each policy lets in by their names. *gaps*: what could not be read of it.
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
        """Whether that list could not be read, so that nothing is known of what it lacks."""
        return any(gap.resource == resource for gap in self.gaps)

    def identities_of(self, subject: Subject) -> tuple[str, ...]:
        """Return the cloud identities of an account of this profile, () of anybody else."""
        own = subject.kind == SERVICE_ACCOUNT and subject.namespace == self.name
        return tuple(one.identity for one in self.identities if own and one.account == subject.name)


def short_role(ref: RoleRef) -> str:
    """Return what the dashboard calls that role, "" for one that it does not hand out."""
    return SHORT_ROLES.get(ref.name, "") if ref.kind == "ClusterRole" else ""


class ProfileIndex:
    """The profiles of a snapshot, whose lists are gone through once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.header: Header = header(snapshot)
        self._reaches: dict[Subject, Reach] = {}
        self._policies = _by_namespace(snapshot.authorization_policies.values())
        self._accounts = _by_namespace(snapshot.service_accounts.values())
        self._platform = platform_namespaces(
            snapshot.cluster_role_bindings.values(), profile_namespaces(snapshot)
        )

    def tenant(self, name: str) -> Tenant:
        """Return the profile of that name, whatever of it is there."""
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
            admits={one.name: admitted(one, self.header) for one in policies},
            gaps=tuple(gap for kind in NEEDED if (gap := self.snapshot.gap(kind, name))),
        )  # fmt: skip
        return changed(tenant, members=tuple(sorted(self._members(tenant), key=_order)))

    def is_role_known(self, binding: RoleBinding) -> bool | None:
        """Return whether the role of that binding is there; None when that cannot be told."""
        ref = binding.role_ref
        if self.snapshot.role(ref, binding.namespace):
            return True
        hidden = self.snapshot.gap_for_role(ref, binding.namespace)
        return None if hidden or not self.roles_read else False

    @cached_property
    def roles_read(self) -> bool:
        """Whether roles are among what was read: files may hold nothing but profiles and bindings."""
        return any(not self.snapshot.is_assumed(role) for role in self.snapshot.cluster_roles.values())

    @cached_property
    def owners(self) -> Namesakes:
        """The users who own profiles, by how their names look."""
        owners = (profile.owner for profile in self.snapshot.profiles.values() if profile.owner)
        return Namesakes(owner.name for owner in owners if owner.kind == USER)

    def is_account_missing(self, subject: Subject) -> bool:
        """Return whether it is a service account, and not among those that were read of its namespace."""
        where = subject.namespace or ""
        was_read = where in self._accounts and not self.snapshot.gap("serviceaccounts", where)
        is_there = (where, subject.name) in self.snapshot.service_accounts
        return subject.kind == SERVICE_ACCOUNT and was_read and not is_there

    def reach(self, tenant: Tenant, member: Member) -> Reach:
        """Return whether the mesh lets the subject reach the workloads of the profile."""
        if tenant.policies or self.snapshot.gaps:
            return self._reach(tenant.name, member.subject)
        # profiles without policies of their own are alike to whoever is none of their accounts
        found = self._reaches.get(member.subject)
        if found is None or member.subject.kind == SERVICE_ACCOUNT:
            found = self._reaches[member.subject] = self._reach(tenant.name, member.subject)
        return found

    def _reach(self, namespace: str, subject: Subject) -> Reach:
        if subject.kind == USER:
            return self._mesh.reaches(self.header.caller(subject.name), namespace).reach
        if subject.kind not in (GROUP, SERVICE_ACCOUNT):
            return Reach.NO
        return self._mesh.reaches(identified(subject), namespace).reach

    def is_platforms(self, subject: Subject) -> bool:
        """Whether the subject is one of the platform's own, whom no tenant has let in."""
        namespace = subject.namespace or ""
        if subject.kind == GROUP or subject.name == ANONYMOUS:  # everybody is nobody's controller
            return group_of_accounts(subject) in self._platform
        return is_platform(subject.kind, subject.name, namespace, self._platform)

    @cached_property
    def _mesh(self) -> Mesh:
        return Mesh(in_the_usual_terms(self.snapshot, self.header))

    @cached_property
    def _namespaces_unknown(self) -> bool:
        return not self.snapshot.namespaces or self.snapshot.gap("namespaces", "") is not None

    def _members(self, tenant: Tenant) -> Iterator[Member]:
        policies = _policies_of_users(tenant.admits)
        bound: set[str] = set()
        for binding in tenant.bindings:
            for written in dict.fromkeys(binding.subjects):
                member = self._member(tenant, binding, written, policies)
                bound |= {member.subject.name, member.user}
                yield member
        if tenant.owner and not any(_is_owners(one, tenant) for one in tenant.bindings):
            bound.add(tenant.owner.name)
            yield _unbound_owner(tenant, tenant.owner, policies)
        for user in sorted(policies.keys() - bound):
            alone = Subject(USER, user)
            yield Member(MemberKind.OTHER, alone, alone, policy=policies[user][0])
        yield from _unbound_accounts(tenant)

    def _member(
        self,
        tenant: Tenant,
        binding: RoleBinding,
        written: Subject,
        policies: Mapping[str, Sequence[str]],
    ) -> Member:
        subject = meant(written, tenant.name)
        kind = self._kind(tenant, binding, subject)
        going = policies.get(written.name, ())
        return Member(
            kind, subject, written, binding, self.is_role_known(binding), shown(binding),
            binding.name if binding.name in going else next(iter(going), ""), short_role(binding.role_ref),
        )  # fmt: skip

    def _kind(self, tenant: Tenant, binding: RoleBinding, subject: Subject) -> MemberKind:
        if binding.name == OWNERS_BINDING:
            return MemberKind.OWNER
        if self.is_platforms(subject):
            return MemberKind.PLATFORM
        if home_of_accounts(subject) == tenant.name:
            return MemberKind.ACCOUNT
        if subject.kind == GROUP:
            return MemberKind.GROUP
        is_person = subject.kind == USER and short_role(binding.role_ref)
        return MemberKind.CONTRIBUTOR if is_person else MemberKind.OTHER


def shown(binding: RoleBinding) -> DashboardAnnotation | None:
    """Return what the dashboard reads of a binding: nothing, unless both annotations are there."""
    # KFAM's List asks whether the keys are there, not what stands in them
    annotations = binding.metadata.annotations
    if "user" not in annotations or "role" not in annotations:
        return None
    return DashboardAnnotation(annotations["user"], annotations["role"])


def home_of_accounts(subject: Subject) -> str:
    """Return the namespace of a service account, or of a group of all accounts there; else ""."""
    return (subject.namespace or "") if subject.kind == SERVICE_ACCOUNT else group_of_accounts(subject)


def group_of_accounts(subject: Subject) -> str:
    """Return the namespace whose service accounts a group is, "" for any other subject."""
    prefix = f"{ALL_SERVICE_ACCOUNTS}:"
    is_one = subject.kind == GROUP and subject.name.startswith(prefix)
    return subject.name.removeprefix(prefix) if is_one else ""


def _by_namespace(objects: Iterable[T]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for one in sorted(objects, key=lambda one: one.key):
        found.setdefault(one.namespace, []).append(one)
    return found


def _owner(
    name: str, profile: Profile | None, namespace: Namespace | None, bindings: Sequence[RoleBinding]
) -> tuple[Subject | None, str]:
    """Return the owner and who says so: the Profile; where it is not known, what was made from it."""
    if profile and profile.owner and profile.owner.name:
        return meant(profile.owner, name), "Profile"
    bound = next((one.subjects for one in bindings if one.name == OWNERS_BINDING), ())
    annotated = namespace.metadata.annotations.get("owner", "") if namespace else ""
    if annotated:  # the annotation does not say of what kind the owner is
        same = next((one for one in bound if one.name == annotated), Subject(USER, annotated))
        return meant(same, name), "Namespace"
    return (meant(bound[0], name), "RoleBinding") if bound and bound[0].name else (None, "")


def meant(subject: Subject, namespace: str) -> Subject:
    """Return the subject of a binding in that namespace as people name it, as written if it is nobody."""
    is_plain = subject.kind in (USER, GROUP) and subject.namespace == ""
    if is_plain and not subject.name.startswith(SERVICE_ACCOUNT_PREFIX):
        return subject  # as most are written
    who = principal(subject, namespace)
    return displayed(who) if who and who.name else subject


def _order(member: Member) -> tuple[int, int, str, str, str, str]:
    subject, binding = member.subject, member.binding.name if member.binding else ""
    level = _LEVELS.index(member.short_role)
    return _KINDS.index(member.kind), level, subject.kind, subject.namespace or "", subject.name, binding


_KINDS = tuple(MemberKind)
_LEVELS = (*reversed(ROLES), "")  # the most powerful first


def _is_owners(binding: RoleBinding, tenant: Tenant) -> bool:
    is_named = any(meant(one, tenant.name) == tenant.owner for one in binding.subjects)
    return is_named and binding.name == OWNERS_BINDING


def _unbound_owner(tenant: Tenant, owner: Subject, policies: Mapping[str, Sequence[str]]) -> Member:
    going = policies.get(owner.name, ())
    return Member(MemberKind.OWNER, owner, owner, policy=next(iter(going), ""))


def _unbound_accounts(tenant: Tenant) -> Iterator[Member]:
    """The accounts that nothing here is granted to, and that are somebody to a cloud provider."""
    bound = {name for one in tenant.bindings for name in _own_accounts(one, tenant.name)}
    for account in dict.fromkeys(one.account for one in tenant.identities):
        if account not in bound:
            subject = Subject(SERVICE_ACCOUNT, account, tenant.name)
            yield Member(MemberKind.ACCOUNT, subject, subject)


def _own_accounts(binding: RoleBinding, namespace: str) -> Iterator[str]:
    for one in binding.subjects:
        account = meant(one, namespace)
        if account.kind == SERVICE_ACCOUNT and account.namespace == namespace:
            yield account.name


def _policies_of_users(admits: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """For each user whom policies let in, their names, the owner's first."""
    found: dict[str, list[str]] = {}
    for policy in sorted(admits, key=lambda name: name != OWNERS_POLICY):
        for user in admits[policy]:
            found.setdefault(user, []).append(policy)
    return found
