"""The answer of `profiles` as a report: a row for each, one in full, or the inventory of all subjects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from kubectl_kfaccess.commands.profiles.cluster_wide_rows import (
    Holders,
    everywhere_data,
    everywhere_rows,
    everywhere_table,
)
from kubectl_kfaccess.commands.profiles.rows import (
    FEW,
    INVENTORY_COLUMNS,
    MEMBER_COLUMNS,
    CloudIdentity,
    Entry,
    Member,
    Tenant,
    few,
    inventory_rows,
    member_data,
    member_rows,
    named,
    person,
)
from kubectl_kfaccess.findings.finding import Finding, in_order
from kubectl_kfaccess.output.blocks import Block, Column, Findings, Paragraph, Row, Section, Table
from kubectl_kfaccess.output.findings import counted, finding_data
from kubectl_kfaccess.output.layout import text_of
from kubectl_kfaccess.output.rbac_terms import subject_data, toned
from kubectl_kfaccess.output.report import Data, Report, Response
from kubectl_kfaccess.rbac.model import ServiceAccount, Subject
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT
from kubectl_kfaccess.terminal.safe_text import NOTHING, UNKNOWN, part, shown

MANY_FINDINGS = 50
COLUMNS = (
    Column("PROFILE"),
    Column("OWNER"),
    Column("ADMIN"),
    Column("EDIT"),
    Column("VIEW"),
    Column("OTHER"),
    Column("CLOUD-IDENTITY", optional=True),
    Column("MESH", wide=True),
    Column("FINDINGS"),
)


class Profiles(Struct, frozen=True):
    """
    Everything that the report says.

    *everywhere* are the people who have rights in all profiles. *one*: a single one was asked for, which is
    shown in full; *inventory*: each subject has a row. With *mesh* it is worked out whether the owners reach
    the workloads.
    """

    entries: Sequence[Entry]
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...]
    everywhere: Holders = ()
    one: str = ""
    inventory: bool = False
    mesh: bool = False
    fold: bool = True

    def report(self) -> Response:
        """Return the report; machine formats neither fold nor count."""
        table = Table(self._columns(), self._sections, self._unfolded)
        report = Report(
            kind="Profiles",
            blocks=tuple(self._blocks(table)),
            table=table,
            head=lambda: {"profile": self.one or None, "inEveryProfile": everywhere_data(self.everywhere)},
            items=lambda: (_item(entry) for entry in self.entries),
            names=lambda: (_kind_and_name(entry.tenant) for entry in self.entries),
        )
        return Response(report, self.gaps, self.notes)

    def _blocks(self, table: Table) -> Iterator[Block]:
        many = sum(len(entry.findings) for entry in self.entries) > MANY_FINDINGS
        yield Paragraph(self._before())
        yield table
        beside = self._beside()
        yield from (beside,) if beside else ()
        yield Findings(() if many else self._findings())
        yield Paragraph((*self._after(), *(_summary(self.entries) if many else ())))

    def _beside(self) -> Table | None:
        """Who has rights in every profile, where there is any."""
        fold = self.fold and not self.one
        return everywhere_table(self.everywhere, fold=fold) if self.entries else None

    def _findings(self) -> tuple[Finding, ...]:
        return in_order(finding for entry in self.entries for finding in entry.findings)

    def _columns(self) -> tuple[Column, ...]:
        return INVENTORY_COLUMNS if self.inventory else MEMBER_COLUMNS if self.one else COLUMNS

    def _sections(self) -> tuple[Section, ...]:
        if self.inventory or self.one:
            return self._unfolded()
        return (Section("", list(_folded(self._rows()) if self.fold else self._rows())),)

    def _unfolded(self) -> tuple[Section, ...]:
        if self.inventory:
            everywhere = everywhere_rows(self.everywhere) if self.entries else ()
            rows = (row for entry in self.entries for row in inventory_rows(entry))
            return (Section("", [*everywhere, *rows]),)
        if self.one:
            return (Section("", [row for entry in self.entries for row in member_rows(entry)]),)
        return (Section("", list(self._rows())),)

    def _rows(self) -> Iterator[Row]:
        return (_row(entry, mesh=self.mesh) for entry in self.entries)

    def _before(self) -> tuple[str, ...]:
        """Whose the profile is, where one is shown."""
        if not self.one or self.inventory:
            return ()
        return tuple(_title(entry.tenant) for entry in self.entries)

    def _after(self) -> tuple[str, ...]:
        if not self.one or self.inventory:
            return ()
        return tuple(_identity_line(one) for entry in self.entries for one in entry.tenant.identities)


def _row(entry: Entry, *, mesh: bool) -> Row:
    tenant = entry.tenant
    nobody = UNKNOWN if tenant.is_unread("rolebindings") else NOTHING
    no_identity = UNKNOWN if tenant.is_unread("serviceaccounts") else ""
    no_finding = UNKNOWN if tenant.gaps else NOTHING
    return (
        part(tenant.name),
        _owner(tenant),
        *(few(_with_role(tenant, role)) or nobody for role in ("admin", "edit", "view")),
        few(_others(tenant)) or nobody,
        few(part(one.identity) for one in tenant.identities) or no_identity,
        toned(_owners_reach(entry) if mesh else ""),
        counted(entry.findings) or no_finding,
    )


def _owners_reach(entry: Entry) -> str:
    tenant = entry.tenant
    reach = next((entry.reach(one) for one in tenant.members if one.subject == tenant.owner), NOTHING)
    return UNKNOWN if reach == "unknown" else reach


def _owner(tenant: Tenant) -> str:
    if tenant.owner:
        return person(tenant.owner)
    return UNKNOWN if tenant.gaps else NOTHING


def _with_role(tenant: Tenant, role: str) -> Iterator[str]:
    """The contributors whom a binding gives that role."""
    for one in tenant.members:
        if one.kind.value == "contributor" and one.short_role == role and one.role_exists is not False:
            yield person(one.subject)


def _others(tenant: Tenant) -> Iterator[str]:
    return (person(one.subject) for one in tenant.members if _is_other(one))


def _is_other(member: Member) -> bool:
    beside = member.kind.value in ("group", "other")
    return beside or (member.kind.value == "contributor" and member.role_exists is False)


def _folded(rows: Iterable[Row]) -> Iterator[Row]:
    """One row for all that are alike but for the profile's name, with the first of the names."""
    alike: dict[Row, list[str]] = {}
    for name, *rest in rows:
        alike.setdefault(tuple(rest), []).append(text_of(name))
    for rest_of_row, names in alike.items():
        many = len(names) > FEW
        yield f"{names[0]} and {len(names) - 1:,} more like it" if many else ", ".join(names), *rest_of_row


def _title(tenant: Tenant) -> str:
    says = {
        "Namespace": ", as the annotation of the namespace says",
        "RoleBinding": ", as RoleBinding `namespaceAdmin` says",
    }.get(tenant.owner_from, "")
    owner = tenant.owner
    whose = f"owned by {shown(owner.kind)} {named(owner)}{says}" if owner else "of unknown owner"
    missing = "; there is no namespace of that name" if tenant.exists is False else ""
    return f"Profile {shown(tenant.name)}, {whose}{missing}"


def _identity_line(one: CloudIdentity) -> str:
    only = ", by a plugin of the Profile that has not annotated it" if one.plugin else ""
    return f"ServiceAccount {part(one.account)} is {part(one.identity)} to {one.provider}{only}"


def _summary(entries: Sequence[Entry]) -> Iterator[str]:
    """How many findings there are of each sort, where they are too many to be listed."""
    found = Counter(one.type.id for entry in entries for one in entry.findings)
    types = {one.type.id: one.type for entry in entries for one in entry.findings}
    width = max(len(f"{count:,}") for count in found.values())
    yield f"{sum(found.values()):,} findings; `profiles NAME` shows those of one profile:"
    for sort in sorted(types, key=lambda sort: (types[sort].severity.value, sort)):
        yield f"  {found[sort]:{width},}  {types[sort].severity.value:7}  {sort}"


def _kind_and_name(tenant: Tenant) -> str:
    """`profile/NAME`; a namespace that is labelled as a profile's may have none."""
    is_one = tenant.profile or tenant.is_unread("profiles")
    return f"{'profile' if is_one else 'namespace'}/{shown(tenant.name)}"


def _item(entry: Entry) -> Data:
    tenant = entry.tenant
    return {
        "name": tenant.name,
        "namespaceExists": tenant.exists,
        "owner": subject_data(tenant.owner) if tenant.owner else None,
        "ownerFrom": tenant.owner_from or None,
        "members": [member_data(entry, member) for member in tenant.members],
        "serviceAccounts": [_account(tenant, account) for account in tenant.accounts],
        "cloudIdentities": [
            {"serviceAccount": one.account, "provider": one.provider, "identity": one.identity,
             "source": "Profile" if one.plugin else "ServiceAccount"}
            for one in tenant.identities
        ],
        "findings": [finding_data(finding) for finding in entry.findings],
    }  # fmt: skip


def _account(tenant: Tenant, account: ServiceAccount) -> Data:
    who = Subject(SERVICE_ACCOUNT, account.name, tenant.name)
    bound = [one for one in tenant.members if one.binding and one.subject == who]
    return {
        "name": account.name,
        "cloudIdentities": list(tenant.identities_of(who)),
        "roles": [
            {"binding": one.binding.name, "kind": one.role.kind, "name": one.role.name}
            for one in bound
            if one.binding and one.role
        ],
    }
