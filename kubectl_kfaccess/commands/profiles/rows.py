"""The rows of `profiles` about single subjects: one profile in full, and the inventory of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from typing import Protocol

from msgspec import Struct

from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.output.blocks import Column, Row
from kubectl_kfaccess.output.rbac_terms import subject_data, toned
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.rbac.model import KubernetesObject, RoleBinding, RoleRef, ServiceAccount, Subject
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER
from kubectl_kfaccess.terminal.safe_text import NOTHING, UNKNOWN, line, part, shown

FEW = 3
MEMBER_COLUMNS = (
    Column("SUBJECT"),
    Column("AS"),
    Column("ROLE"),
    Column("BINDING"),
    Column("DASHBOARD"),
    Column("KUBECTL"),
    Column("KUBEFLOW"),
    Column("MESH"),
    Column("CLOUD-IDENTITY", optional=True),
    Column("NOTE", optional=True),
)
INVENTORY_COLUMNS = (Column("PROFILE"), Column("KIND"), *MEMBER_COLUMNS)


class Shown(Protocol):
    """What the dashboard reads; see kubeflow.profiles."""

    @property
    def user(self) -> str: ...
    @property
    def role(self) -> str: ...


class Member(Protocol):
    """One subject of one binding, or somebody without any; see kubeflow.profiles."""

    @property
    def kind(self) -> Enum: ...
    @property
    def subject(self) -> Subject: ...
    @property
    def written(self) -> Subject: ...
    @property
    def binding(self) -> RoleBinding | None: ...
    @property
    def role(self) -> RoleRef | None: ...
    @property
    def role_exists(self) -> bool | None: ...
    @property
    def short_role(self) -> str: ...
    @property
    def shown(self) -> Shown | None: ...
    @property
    def policy(self) -> str: ...
    @property
    def kubectl(self) -> bool: ...
    @property
    def kubeflow(self) -> bool: ...


class CloudIdentity(Protocol):
    """What an account is to a cloud provider; see kubeflow.cloud_identities."""

    @property
    def account(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def identity(self) -> str: ...
    @property
    def plugin(self) -> bool: ...


class Tenant(Protocol):
    """One profile; see kubeflow.profiles."""

    @property
    def name(self) -> str: ...
    @property
    def profile(self) -> KubernetesObject | None: ...
    @property
    def exists(self) -> bool | None: ...
    @property
    def owner(self) -> Subject | None: ...
    @property
    def owner_from(self) -> str: ...
    @property
    def members(self) -> Sequence[Member]: ...
    @property
    def accounts(self) -> Sequence[ServiceAccount]: ...
    @property
    def identities(self) -> Sequence[CloudIdentity]: ...
    @property
    def gaps(self) -> Sequence[Gap]: ...
    def is_unread(self, resource: str) -> bool: ...
    def identities_of(self, subject: Subject) -> Sequence[str]: ...


class Entry(Struct, frozen=True):
    """A profile with its findings; *reach* says of a member what the mesh does: yes, no, unknown, or -."""

    tenant: Tenant
    findings: Sequence[Finding]
    reach: Callable[[Member], str]


def member_rows(entry: Entry) -> Iterator[Row]:
    """Yield the cells of every member, in the order of MEMBER_COLUMNS."""
    return (_row(entry, member) for member in entry.tenant.members)


def inventory_rows(entry: Entry) -> Iterator[Row]:
    """Yield the cells of every member, in the order of INVENTORY_COLUMNS; of none, one row says so."""
    name = shown(entry.tenant.name)
    for member in entry.tenant.members:
        _, *rest = _row(entry, member)
        yield name, shown(member.subject.kind), named(member.subject), *rest
    if not entry.tenant.members:
        yield name, *[NOTHING] * 9, "", "nobody is known"


def person(subject: Subject) -> str:
    """Return a subject for a cell of several: a user's plain name, unless it looks like another subject."""
    if subject.kind == USER and ":" not in subject.name:
        return part(subject.name)
    if subject.kind == SERVICE_ACCOUNT:
        return f"sa:{named(subject)}"
    return f"{shown(subject.kind.lower())}:{part(subject.name)}"


def named(subject: Subject) -> str:
    """Return the name of a subject, an account's with its namespace."""
    if subject.kind == SERVICE_ACCOUNT and subject.namespace:
        return f"{part(subject.namespace)}/{part(subject.name)}"
    return part(subject.name)


def few(names: Iterable[str]) -> str:
    """Return the names for a cell, or two of them and how many more there are."""
    found = list(dict.fromkeys(names))
    if len(found) <= FEW:
        return ", ".join(found)
    return f"{', '.join(found[: FEW - 1])} and {len(found) - FEW + 1:,} more"


def yes(counts: bool, unknown: bool) -> str:
    """Return whether something counts, for a cell."""
    return UNKNOWN if unknown else "yes" if counts else "no"


def member_data(entry: Entry, member: Member) -> Data:
    """Return a member as plain data; what could not be read is null."""
    role, reach = member.role, entry.reach(member)
    unknown = _is_unknown(entry.tenant, member)
    return {
        "kind": member.kind.value,
        "subject": subject_data(member.subject),
        "role": {"kind": role.kind, "name": role.name} if role else None,
        "roleExists": member.role_exists,
        "binding": member.binding.name if member.binding else None,
        "dashboard": {"user": member.shown.user, "role": member.shown.role} if member.shown else None,
        "counts": {
            "kubectl": None if unknown else member.kubectl, "kubeflow": None if unknown else member.kubeflow,
        },
        "mesh": None if reach == NOTHING else reach,
        "policy": member.policy or None,
        "note": "; ".join(_notes(entry.tenant, member)),
    }  # fmt: skip


def _row(entry: Entry, member: Member) -> Row:
    tenant, role = entry.tenant, member.role
    unknown = _is_unknown(tenant, member)
    return (
        f"{shown(member.subject.kind)}/{named(member.subject)}",
        str(member.kind.value),
        f"{part(role.kind)}/{part(role.name)}" if role else UNKNOWN if unknown else NOTHING,
        shown(member.binding.name) if member.binding else UNKNOWN if unknown else NOTHING,
        _dashboard(member) if member.binding or not unknown else UNKNOWN,
        toned(yes(member.kubectl, unknown)),
        toned(yes(member.kubeflow, unknown)),
        toned(UNKNOWN if (reach := entry.reach(member)) == "unknown" else reach),
        ", ".join(part(one) for one in tenant.identities_of(member.subject)),
        line("; ".join(_notes(tenant, member))),
    )


def _is_unknown(tenant: Tenant, member: Member) -> bool:
    """Whether a binding may be among those that could not be read."""
    return member.binding is None and tenant.is_unread("rolebindings")


def _dashboard(member: Member) -> str:
    return f"{part(member.shown.user)}/{part(member.shown.role)}" if member.shown else NOTHING


def _notes(tenant: Tenant, member: Member) -> Iterator[str]:
    """What is not ordinary about a member."""
    if member.kind.value == "owner":
        yield from _owner_notes(tenant, member)
    if member.subject.kind == SERVICE_ACCOUNT:
        yield from _account_notes(tenant, member)
    elif member.subject.kind == GROUP and member.kind.value != "account":
        yield "a group counts with kubectl alone"
    elif member.subject.kind not in (USER, GROUP):
        yield "such a subject means nobody"
    if member.binding:
        yield from _binding_notes(member, member.binding)
    elif member.policy and member.kind.value == "other":
        alone = "" if _is_unknown(tenant, member) else " alone"
        yield f"let in by AuthorizationPolicy `{member.policy}`{alone}"
    name = member.subject.name
    if member.kind.value in ("owner", "contributor") and "@" in name and name != name.lower():
        yield f"not the same as `{name.lower()}`"


def _owner_notes(tenant: Tenant, member: Member) -> Iterator[str]:
    if tenant.owner and member.subject != tenant.owner:
        yield "somebody else is the owner"
    if member.binding is None and not _is_unknown(tenant, member):
        yield "no RoleBinding names the owner"


def _account_notes(tenant: Tenant, member: Member) -> Iterator[str]:
    subject, written = member.subject, member.written
    if written.kind == SERVICE_ACCOUNT and not written.namespace:
        yield "written without a namespace: the account of this one"
    if subject.namespace != tenant.name:
        yield f"an account of namespace `{subject.namespace}`"
        return
    if tenant.accounts and subject.name not in {one.name for one in tenant.accounts}:
        yield "there is no such account"
    if any(one.plugin and one.account == subject.name for one in tenant.identities):
        yield "the Profile gives it a cloud identity, which the account lacks"


def _binding_notes(member: Member, binding: RoleBinding) -> Iterator[str]:
    if member.role_exists is False:
        yield "the role does not exist"
    elif member.kind.value == "other" and member.subject.kind == USER:
        yield "not a role of the dashboard"
    if member.shown and len(binding.subjects) > 1:
        yield "the dashboard's lists fail at a binding of several subjects"
    elif member.shown and member.shown.user != member.written.name:
        yield "the annotation names somebody else"
    elif member.kind.value == "contributor" and not member.shown:
        yield "the dashboard does not know"
