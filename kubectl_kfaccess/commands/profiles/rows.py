"""The rows of `profiles` about single subjects: of one profile in full, and of the inventory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from kubectl_kfaccess.kubeflow.planes.counting import Counts
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshAnswer, Reach
from kubectl_kfaccess.kubeflow.tenants.profiles import Member, ProfileIndex, Tenant
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.kubeflow.tenants.service_counts import member_counts
from kubectl_kfaccess.output.blocks import MARK_LOOK, Column, Text
from kubectl_kfaccess.output.counts_text import NOWHERE, counts_word, difference_text
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.output.gaps import short
from kubectl_kfaccess.output.mesh_text import mesh_data, mesh_reason
from kubectl_kfaccess.output.rbac_terms import reference_text, toned
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import counts_data, named_object_data, object_data, subject_data
from kubectl_kfaccess.rbac.model import RoleBinding, RoleRef, Subject
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER, Principal, displayed
from kubectl_kfaccess.terminal.safe_text import NOTHING, UNKNOWN, line, listed, part, shown

MEMBER_COLUMNS = (
    Column("SUBJECT"),
    Column("AS"),
    Column("ROLE"),
    Column("BINDING", rank=3),
    Column("DASHBOARD", rank=2),
    Column("KUBECTL"),
    Column("KUBEFLOW"),
    Column("MESH"),
    Column("CLOUD-IDENTITY", optional=True, rank=2),
    Column("NOTE", optional=True, rank=1, footnote=True),
)
INVENTORY_COLUMNS = (Column("PROFILE"), Column("KIND"), *MEMBER_COLUMNS)


class MemberRow(NamedTuple):
    """The cells of one member, in the order of MEMBER_COLUMNS."""

    subject: str
    relation: str
    role: str
    binding: str
    dashboard: str
    kubectl: Text
    kubeflow: Text
    mesh: Text
    cloud_identity: str = ""
    note: str = ""


class InventoryRow(NamedTuple):
    """The cells of one subject of the inventory, in the order of INVENTORY_COLUMNS."""

    profile: str
    kind: str
    subject: str
    relation: str = NOTHING
    role: str = NOTHING
    binding: str = NOTHING
    dashboard: str = NOTHING
    kubectl: Text = NOTHING
    kubeflow: Text = NOTHING
    mesh: Text = NOTHING
    cloud_identity: str = ""
    note: str = ""


def member_rows(index: ProfileIndex, tenant: Tenant) -> Iterator[MemberRow]:
    """Yield a row per member of the profile."""
    return (_row(index, tenant, member) for member in tenant.members)


def marked_members(
    index: ProfileIndex, tenant: Tenant, marks: Mapping[tuple[str, str], str]
) -> Iterator[tuple[Text, ...]]:
    """
    Yield a row per member with a mark behind it, own accounts that are alike in one row.

    *marks* are those of objects by kind and name. Subjects are as SUBJECT is typed, ClusterRoles by name.
    """
    accounts: dict[tuple[Text, ...], list[tuple[MemberRow, str]]] = {}
    for member in tenant.members:
        row = _row(index, tenant, member)._replace(
            subject=reference_text(member.subject),
            role=_role_text(member.role) if member.role else _row(index, tenant, member).role,
        )
        mark = _mark(member, marks)
        is_alike = member.relation is Relation.OWN_ACCOUNT and not mark
        key = (row.kubectl, row.kubeflow, row.mesh, row.cloud_identity, row.note, row.dashboard)
        if is_alike:
            accounts.setdefault(key, []).append((row, member.subject.name))
        else:
            yield (*row, mark)
    for alike in accounts.values():
        yield (*_own_accounts(alike), "")


def _own_accounts(alike: Sequence[tuple[MemberRow, str]]) -> MemberRow:
    """Return one row for accounts that differ only in name and role."""
    row = alike[0][0]
    if len(alike) == 1:
        return row
    names = few(part(name) for _, name in alike)
    roles, bindings = few(each.role for each, _ in alike), few(each.binding for each, _ in alike)
    return row._replace(subject=names, role=roles, binding=bindings)


def _role_text(role: RoleRef) -> str:
    name = part(role.name, "/,")
    return name if role.kind == "ClusterRole" else f"{part(role.kind)}/{name}"


def _mark(member: Member, marks: Mapping[tuple[str, str], str]) -> str:
    """Return the mark of the member's binding or policy, or of an unshipped binding of the platform."""
    objects = [("AuthorizationPolicy", member.policy)] if member.policy else []
    if member.binding:
        objects.insert(0, (member.binding.kind, member.binding.name))
    of_objects = next((marks[each] for each in objects if each in marks), "")
    return of_objects or (MARK_LOOK if member.unshipped else "")


def inventory_rows(index: ProfileIndex, tenant: Tenant) -> Iterator[InventoryRow]:
    """Yield a row per member of the profile; if it has none, one row that says so."""
    name = shown(tenant.name)
    for member in tenant.members:
        cells = _row(index, tenant, member)[1:]
        yield InventoryRow(name, shown(member.subject.kind), named(member.subject), *cells)
    if not tenant.members:
        yield InventoryRow(name, NOTHING, NOTHING, note="nobody is known")


def person(subject: Subject) -> str:
    """Return a subject for a list in a cell: users by plain name, unless it looks like another subject."""
    if subject.kind == USER and ":" not in subject.name:
        return listed(subject.name)
    if subject.kind == SERVICE_ACCOUNT:
        return f"sa:{named(subject)}"
    return f"{shown(subject.kind.lower())}:{listed(subject.name)}"


def named(subject: Subject) -> str:
    """Return the name of a subject; a service account's with its namespace in front."""
    if subject.kind == SERVICE_ACCOUNT and subject.namespace:
        return f"{part(subject.namespace)}/{part(subject.name)}"
    return shown(subject.name)


def yes(counts: bool | None) -> Text:
    """Return the cell `yes`, `no`, or `?` for None."""
    return toned(UNKNOWN if counts is None else "yes" if counts else "no")


def reach_text(reach: Reach) -> str:
    """Return the mesh's answer for a cell."""
    return UNKNOWN if reach is Reach.UNKNOWN else reach.value


def member_data(index: ProfileIndex, tenant: Tenant, member: Member) -> Data:
    """Return a member as machine data; what could not be read is None."""
    role, answer = member.role, index.mesh_answer(tenant, member)
    counts = member_counts(index.services, tenant, member)
    return {
        "kind": member.relation.key,
        "subject": subject_data(member.subject),
        "role": named_object_data(role.kind, _namespace_of(role, tenant), role.name) if role else None,
        "roleExists": member.role_exists,
        "binding": object_data(member.binding) if member.binding else None,
        "dashboard": {"user": member.annotation.user, "role": member.annotation.role}
        if member.annotation
        else None,
        "counts": counts_data(_kubectl(tenant, member), counts),
        "mesh": None if answer.reach is Reach.NOT_INSTALLED else mesh_data(answer),
        "policy": _policy_data(tenant, member.policy) if member.policy else None,
        "platform": member.platform,
        "unshipped": member.unshipped,
        "note": "; ".join(_notes(tenant, member, counts)),
        **_people_data(index, member),
    }


def _people_data(index: ProfileIndex, member: Member) -> Data:
    """Return the members of a group, if an identity provider's are known and the group is one of its."""
    people = _people(index, member)
    if people is None:
        return {}
    return {"people": [subject_data(displayed(Principal(USER, name))) for name in people]}


def _people(index: ProfileIndex, member: Member) -> tuple[str, ...] | None:
    """Return who is in the group, None if that is not known or it is no group."""
    directory, subject = index.directory, member.subject
    if directory is None or subject.kind != GROUP or subject.name not in directory.groups:
        return None
    return directory.members(subject.name)


def _people_notes(index: ProfileIndex, member: Member) -> Iterator[str]:
    people = _people(index, member)
    if people is not None:
        yield f"members: {few(listed(name, ', ', '; ') for name in people)}" if people else "nobody is in it"


def _namespace_of(role: RoleRef, tenant: Tenant) -> str:
    return tenant.name if role.kind == "Role" else ""


def _policy_data(tenant: Tenant, name: str) -> Data:
    return named_object_data("AuthorizationPolicy", tenant.name, name)


def _row(index: ProfileIndex, tenant: Tenant, member: Member) -> MemberRow:
    counts, answer = member_counts(index.services, tenant, member), index.mesh_answer(tenant, member)
    notes = (
        *_people_notes(index, member),
        *_notes(tenant, member, counts),
        *_mesh_notes(member, answer),
    )
    without_binding = UNKNOWN if _is_unknown(tenant, member) else NOTHING
    role = f"{part(member.role.kind)}/{shown(member.role.name)}" if member.role else without_binding
    dashboard = (
        f"{shown(member.annotation.user)}/{part(member.annotation.role)}" if member.annotation else NOTHING
    )
    return MemberRow(
        subject=f"{shown(member.subject.kind)}/{named(member.subject)}",
        relation=member.relation.value,
        role=role,
        binding=shown(member.binding.name) if member.binding else without_binding,
        dashboard=dashboard if member.binding else without_binding,
        kubectl=yes(_kubectl(tenant, member)),
        kubeflow=toned(counts_word(counts)),
        mesh=toned(reach_text(answer.reach)),
        cloud_identity=", ".join(map(listed, tenant.identities_of(member.subject))),
        note=line("; ".join(notes)),
    )


def _mesh_notes(member: Member, answer: MeshAnswer) -> Iterator[str]:
    """Yield why the mesh's answer is not the one that the role makes people expect."""
    is_person = _is_expected(member) and member.subject.kind == USER
    is_unexpected = answer.reach is Reach.NO and (is_person or answer.near is not None)
    if answer.reach is Reach.UNKNOWN or is_unexpected:
        yield f"mesh: {short(mesh_reason(answer))}"


def _kubectl(tenant: Tenant, member: Member) -> bool | None:
    """Return whether the access counts for kubectl; None if unknown."""
    return None if _is_unknown(tenant, member) else member.kubectl


def _is_unknown(tenant: Tenant, member: Member) -> bool:
    """Whether the member may have a binding among those that could not be read."""
    return member.binding is None and tenant.is_unread("rolebindings")


def _notes(tenant: Tenant, member: Member, counts: Counts) -> Iterator[str]:
    """Yield what is unusual about a member, and where their access does not count."""
    if member.relation is Relation.OWNER or member.is_of_owners_binding:
        yield from _owner_notes(tenant, member)
    yield from _subject_notes(tenant, member, counts)
    if difference := difference_text(counts):
        yield difference
    if member.binding:
        yield from _binding_notes(member, member.binding)
    elif member.policy and member.relation is Relation.OTHER:
        alone = "" if _is_unknown(tenant, member) else " alone"
        yield f"let in by AuthorizationPolicy `{member.policy}`{alone}"
    name = member.subject.name
    if _is_expected(member) and "@" in name and name != name.lower():
        yield f"not the same as `{name.lower()}`"


def _is_expected(member: Member) -> bool:
    """Whether people expect the member to use Kubeflow's pages: owners, and users with a dashboard's role."""
    return member.relation is Relation.OWNER or member.is_of_owners_binding or member.has_dashboard_role


def _owner_notes(tenant: Tenant, member: Member) -> Iterator[str]:
    if tenant.owner and member.subject != tenant.owner:
        yield "somebody else is the owner"
    if member.binding is None and not _is_unknown(tenant, member):
        yield "no RoleBinding names the owner"


def _subject_notes(tenant: Tenant, member: Member, counts: Counts) -> Iterator[str]:
    if member.subject.kind == SERVICE_ACCOUNT:
        yield from _account_notes(tenant, member)
    elif (
        member.subject.kind == GROUP
        and member.relation is not Relation.OWN_ACCOUNT
        and not any(counts.values())
    ):
        yield NOWHERE
    elif member.subject.kind not in (USER, GROUP):
        yield "such a subject means nobody"


def _account_notes(tenant: Tenant, member: Member) -> Iterator[str]:
    subject, written = member.subject, member.written
    if written.kind == SERVICE_ACCOUNT and not written.namespace:
        yield "written without a namespace: the account of this one"
    if subject.namespace != tenant.name:
        yield f"an account of namespace `{subject.namespace}`"
        return
    if tenant.accounts and all(account.name != subject.name for account in tenant.accounts):
        yield "there is no such account"
    if any(identity.plugin and identity.account == subject.name for identity in tenant.identities):
        yield "the Profile gives it a cloud identity, which the account lacks"


_OF_GUESTS = (Relation.CONTRIBUTOR, Relation.OTHER)


def _binding_notes(member: Member, binding: RoleBinding) -> Iterator[str]:
    if member.role_exists is False:
        yield "the role does not exist"
    elif member.relation in _OF_GUESTS and member.subject.kind == USER and not member.short_role:
        yield "not a role of the dashboard"
    if member.annotation and len(binding.subjects) > 1:
        yield "the dashboard's lists fail at a binding of several subjects"
    elif member.annotation and member.annotation.user != member.written.name:
        yield "the annotation names somebody else"
