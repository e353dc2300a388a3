"""
One profile, with the facts about its bindings that several detectors need.

Detectors follow two rules. They call an object missing only if the list that it would be in was read. And
they report nothing about objects that are as the profile controller normally creates them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from kubectl_kfaccess.findings.finding import Finding, FindingType
from kubectl_kfaccess.kubeflow.aggregation.roles import any_aggregation_key
from kubectl_kfaccess.kubeflow.tenants.dashboard_annotations import DashboardAnnotation, dashboard_annotation
from kubectl_kfaccess.kubeflow.tenants.profiles import (
    Member,
    ProfileIndex,
    Tenant,
)
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.kubeflow.tenants.user_spelling import SimilarUsers
from kubectl_kfaccess.rbac.model import RoleBinding, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, USER, home_of_accounts, spelled

Grant = tuple[Member, RoleBinding]
"""A member of the profile, and the RoleBinding that makes them a member."""

FEW = 3


class ProfileView(Struct, frozen=True, dict=True):
    """One profile (*tenant*), and the index of all *profiles* on the cluster."""

    profiles: ProfileIndex
    tenant: Tenant

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that the profiles were read from."""
        return self.profiles.snapshot

    @property
    def is_made(self) -> bool:
        """Whether the namespace or any binding has been created: without them, no objects can disagree."""
        return self.tenant.exists is not False or bool(self.tenant.bindings)

    @cached_property
    def annotated(self) -> tuple[tuple[RoleBinding, DashboardAnnotation], ...]:
        """The bindings that the dashboard reads, each with its annotations."""
        pairs = ((binding, dashboard_annotation(binding)) for binding in self.tenant.bindings)
        return tuple((binding, annotation) for binding, annotation in pairs if annotation)

    @cached_property
    def grants(self) -> tuple[Grant, ...]:
        """The members whose role exists or may exist, without the platform's own."""
        return tuple(
            (member, member.binding)
            for member in self.tenant.members
            if member.binding and member.role_exists is not False and not member.platform
        )

    def tenant_of_accounts(self, subject: Subject) -> str | None:
        """
        Return the other tenant that *subject* are accounts of, "" for all accounts.

        None if they are of a namespace that is no profile's, or of this tenant.
        """
        home = home_of_accounts(subject)
        if not home:
            return ""
        tenant = self.profiles.tenants.tenant(home)
        return tenant if tenant and tenant != self.profiles.tenants.tenant(self.tenant.name) else None

    @property
    def foreign_accounts(self) -> tuple[Grant, ...]:
        """The members that are service accounts (or all accounts) of other namespaces; never the owner."""
        return tuple(
            (member, binding)
            for member, binding in self.grants
            if member.relation is Relation.FOREIGN and not member.is_of_owners_binding
        )

    @cached_property
    def people(self) -> tuple[Grant, ...]:
        """The users and groups other than the owner and than groups of accounts."""
        return tuple(
            (member, binding)
            for member, binding in self.grants
            if is_guest(member)
            and member.relation is not Relation.FOREIGN
            and member.subject.kind in (USER, GROUP)
            and not home_of_accounts(member.subject)
        )

    @cached_property
    def dashboard_users(self) -> tuple[Grant, ...]:
        """The users, including the owner, with one of the roles that the dashboard grants."""
        return tuple(
            (member, binding)
            for member, binding in self.grants
            if member.subject.kind == USER and member.short_role
        )

    @cached_property
    def contributors(self) -> tuple[Grant, ...]:
        """The users with one of the dashboard's roles but the owner, even if that role does not exist."""
        members = (member for member in self.tenant.members if member.has_dashboard_role)
        return tuple((member, member.binding) for member in members if member.binding)

    @cached_property
    def users(self) -> SimilarUsers:
        """The users among the members, indexed by similar names."""
        subjects = (member.subject for member in self.tenant.members)
        return SimilarUsers(subject.name for subject in subjects if subject.kind == USER)

    def other_spellings(self, user: str) -> Iterator[str]:
        """Yield the names of members and of all owners that differ from *user* only in letter case."""
        yield from self.users.spellings(user)
        yield from self.profiles.owners.spellings(user)

    def grants_kubeflow_role(self, binding: RoleBinding) -> bool:
        """Whether the binding's role is one of Kubeflow's, by its name or by its aggregation labels."""
        ref = binding.role_ref
        if ref.kind != "ClusterRole":
            return False
        if ref.name.startswith("kubeflow-"):
            return True
        role = self.snapshot.role(ref, binding.namespace)
        return role is not None and any_aggregation_key(role.metadata.labels)

    def about_profile(
        self, finding_type: FindingType, message: str, *, brief: str = "", subject: Subject | None = None
    ) -> Finding:
        """Return a finding about the Profile, or about the namespace if there is no Profile."""
        kind = "Profile" if self.tenant.profile else "Namespace"
        return Finding(finding_type, kind, "", self.tenant.name, message, brief=brief, subject=subject)


def is_guest(member: Member) -> bool:
    """Whether the member is neither the owner, nor an account of the profile, nor bound by a release."""
    is_own = member.is_of_owners_binding or member.relation in (Relation.OWNER, Relation.OWN_ACCOUNT)
    return not is_own and not member.platform


def member_text(member: Member) -> str:
    """Return the member's name in backticks, for a message."""
    return f"`{spelled(member.subject)}`"


def role_text(binding: RoleBinding) -> str:
    """Return the binding's role for a message, such as "ClusterRole `edit`"."""
    return f"{binding.role_ref.kind} `{binding.role_ref.name}`"


def few(names: Iterable[str]) -> str:
    """Return at most FEW names, sorted, for a message: "`a`, `b` and 7 more"."""
    ordered = sorted(names)
    more = f" and {len(ordered) - FEW + 1:,} more" if len(ordered) > FEW else ""
    return ", ".join(f"`{name}`" for name in (ordered[: FEW - 1] if more else ordered)) + more
