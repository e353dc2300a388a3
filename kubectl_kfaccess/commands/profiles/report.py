"""The report of `profiles`: one row per profile, one profile in full, or the inventory of all subjects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from kubectl_kfaccess.commands.profiles.answer import Inventory, ProfileEntry
from kubectl_kfaccess.commands.profiles.arguments import KIND, Options
from kubectl_kfaccess.commands.profiles.cluster_wide_rows import (
    cluster_wide_data,
    cluster_wide_inventory,
    cluster_wide_line,
    cluster_wide_members,
    cluster_wide_table,
)
from kubectl_kfaccess.commands.profiles.rows import (
    INVENTORY_COLUMNS,
    MEMBER_COLUMNS,
    inventory_rows,
    marked_members,
    member_data,
    member_rows,
    person,
    reach_text,
)
from kubectl_kfaccess.commands.profiles.sentences import (
    contributors_text,
    details_of,
    headline,
    headline_of,
    marked_objects,
    short_contributors_text,
)
from kubectl_kfaccess.findings.acceptance import acceptable
from kubectl_kfaccess.findings.finding import Finding, in_order
from kubectl_kfaccess.kubeflow.managers import Tool
from kubectl_kfaccess.kubeflow.tenants.cloud_identities import CloudIdentity
from kubectl_kfaccess.kubeflow.tenants.profiles import Member, ProfileIndex, Tenant
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.output.blocks import (
    MARK_ACCEPTED,
    MARK_ERROR,
    MARK_LOOK,
    MARKS,
    Block,
    Cell,
    Column,
    Findings,
    Headline,
    Notes,
    Paragraph,
    Row,
    Section,
    Table,
    Text,
)
from kubectl_kfaccess.output.few import FEW, few
from kubectl_kfaccess.output.findings import (
    ACCEPTED,
    SEVERITY_MARKS,
    brief_text,
    counted,
    severity_word,
    subject_and_brief,
)
from kubectl_kfaccess.output.mesh_text import settings_block, settings_data
from kubectl_kfaccess.output.rbac_terms import reference_text, toned
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.output.shapes import finding_data, object_data, role_of_binding_data, subject_data
from kubectl_kfaccess.rbac.model import ServiceAccount, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT
from kubectl_kfaccess.terminal.safe_text import NOTHING, UNKNOWN, listed, part, shown

MANY_FINDINGS = 50
COLUMNS = (
    Column("PROFILE"),
    Column("OWNER"),
    Column("CONTRIBUTORS", narrow=True, prose=True),
    Column("ADMIN", wide=True),
    Column("EDIT", wide=True),
    Column("VIEW", wide=True),
    Column("OTHER", wide=True),
    Column("CLOUD-IDENTITY", optional=True, rank=2),
    Column("MESH", wide=True),
    Column("FINDINGS", wide=True),
    MARKS,
)


class _Row(NamedTuple):
    """The cells of one profile, in the order of COLUMNS."""

    profile: str
    owner: str
    contributors: Text
    admin: str
    edit: str
    view: str
    other: str
    cloud_identity: str
    mesh: Text
    findings: str
    mark: str


def report(value: Inventory, options: Options) -> Report:
    """Return the report; machine formats neither fold nor count."""
    table = _Rows(value, options).table()
    return Report(
        kind=KIND,
        blocks=tuple(_blocks(value, options, table)),
        table=table,
        head=lambda: {
            "profile": options.profile or None,
            "inEveryProfile": cluster_wide_data(value.cluster_wide, value.index.services),
            "mesh": settings_data(value.index.mesh.settings) if value.index.mesh.is_installed else None,
        },
        items=lambda: (_item(value.index, entry) for entry in value.entries),
        names=lambda: (_kind_and_name(entry.tenant) for entry in value.entries),
        acceptable=lambda: acceptable(_findings(value.entries)),
        remarks=() if value.entries else (_empty_table_remark(value.index.snapshot),),
    )


def _blocks(value: Inventory, options: Options, table: Table) -> Iterator[Block]:
    tenants = tuple(entry.tenant for entry in value.entries) if options.profile else ()
    is_inventory = _is_inventory(options)
    is_long = sum(len(entry.findings) for entry in value.entries) > MANY_FINDINGS
    if value.entries and not is_inventory:
        yield _headline(value, tenants)
    yield table
    if value.entries and options.output.format == "table" and options.fold and not options.profile:
        yield Paragraph(tuple(filter(None, (cluster_wide_line(value.cluster_wide),))))
    elif value.entries and not _has_everybody(options):
        yield cluster_wide_table(
            value.cluster_wide, value.index.services, fold=options.fold and not options.profile
        )
    findings = () if is_long else _findings(value.entries)
    if options.profile:
        yield Findings(findings, _of_one_profile)
    else:  # nearly all of these bindings are the dashboard's
        yield Findings(findings, _of_all_profiles, unnamed=(Tool.DASHBOARD,))
    identities = (identity for tenant in tenants for identity in tenant.identities)
    if options.output.format == "wide" and value.entries and value.index.mesh.is_installed:
        yield settings_block(value.index.mesh.settings)
    yield Paragraph(
        (
            *(() if is_inventory else map(_identity_line, identities)),
            *(_summary(value.entries) if is_long else ()),
        )
    )
    if options.output.format == "table":
        yield Notes(tuple(_how_to_fix(findings)))


def _how_to_fix(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the command that says how to fix the first finding."""
    for finding in [each for each in findings if not each.accepted][:1]:
        yield f"How to fix one: explain {finding.type.id} -n {_profile_of(finding)}"


def _profile_of(finding: Finding) -> str:
    return part(finding.namespace or finding.name)


def _of_all_profiles(finding: Finding) -> tuple[str, str]:
    """Return the profile that a finding is about, and what is wrong."""
    return _profile_of(finding), subject_and_brief(finding)


def _of_one_profile(finding: Finding) -> tuple[str, str]:
    """Return the subject or the object that a finding about one profile is about, and what is wrong."""
    target = f"{part(finding.kind)} {part(finding.name)}"
    return reference_text(finding.subject) if finding.subject else target, brief_text(finding)


def _headline(value: Inventory, tenants: Sequence[Tenant]) -> Headline:
    if tenants:
        return Headline(headline_of(tenants[0]), details=details_of(tenants[0]))
    return Headline(headline(value))


def _has_everybody(options: Options) -> bool:
    """Whether the table has the members of one profile and who has rights in every profile."""
    return bool(options.profile) and options.output.format == "table"


def _is_inventory(options: Options) -> bool:
    """Whether the table has a row per subject."""
    return options.output.format == "csv"


class _Rows:
    """The rows of the main table: of profiles, of the members of one, or of all subjects."""

    def __init__(self, value: Inventory, options: Options) -> None:
        self._value = value
        self._options = options

    def table(self) -> Table:
        """Return the table that the options ask for."""
        if _is_inventory(self._options):
            return Table(INVENTORY_COLUMNS, lambda: _section(self._inventory()))
        if _has_everybody(self._options):
            return Table((*MEMBER_COLUMNS, MARKS), lambda: _section(self._everybody()))
        if self._options.profile:
            return Table(MEMBER_COLUMNS, lambda: _section(self._members()))
        rows = self._folded if self._options.fold else self._profiles
        return Table(COLUMNS, lambda: _section(rows()), lambda: _section(self._profiles()))

    def _inventory(self) -> Iterator[Row]:
        if self._value.entries:
            yield from cluster_wide_inventory(self._value.cluster_wide, self._value.index.services)
        for entry in self._value.entries:
            yield from inventory_rows(self._value.index, entry.tenant)

    def _members(self) -> Iterator[Row]:
        for entry in self._value.entries:
            yield from member_rows(self._value.index, entry.tenant)

    def _everybody(self) -> Iterator[Row]:
        """Yield the members of one profile with marks, then who has rights in every profile."""
        value = self._value
        for entry in value.entries:
            marks = marked_objects(entry.findings, SEVERITY_MARKS)
            yield from marked_members(value.index, entry.tenant, marks)
        if value.entries:
            yield from cluster_wide_members(value.cluster_wide, value.index.services)

    def _profiles(self) -> Iterator[_Row]:
        is_wide = self._options.output.format == "wide"
        return (_row(self._value.index, entry, with_mesh=is_wide) for entry in self._value.entries)

    def _folded(self) -> Iterator[_Row]:
        """Yield one row for all rows that differ only in the profile's name."""
        alike: dict[tuple[Text, ...], list[_Row]] = {}
        for row in self._profiles():
            alike.setdefault(row[1:], []).append(row)
        for rows in alike.values():
            yield rows[0]._replace(profile=_profiles_text(rows))


def _section(rows: Iterable[Row]) -> tuple[Section, ...]:
    return (Section("", list(rows)),)


def _profiles_text(rows: Sequence[_Row]) -> str:
    if len(rows) > FEW:
        return f"{rows[0].profile} and {len(rows) - 1:,} more like it"
    return ", ".join(row.profile for row in rows)


def _row(index: ProfileIndex, entry: ProfileEntry, *, with_mesh: bool) -> _Row:
    tenant = entry.tenant
    nobody = UNKNOWN if tenant.is_unread("rolebindings") else NOTHING
    admin, edit, view = (few(_with_role(tenant, role)) or nobody for role in ("admin", "edit", "view"))
    no_identity = UNKNOWN if tenant.is_unread("serviceaccounts") else ""
    no_finding = UNKNOWN if tenant.gaps else NOTHING
    return _Row(
        profile=part(tenant.name),
        owner=_owner(tenant),
        contributors=Cell(contributors_text(tenant) or nobody, short=short_contributors_text(tenant)),
        admin=admin,
        edit=edit,
        view=view,
        other=few(_others(tenant)) or nobody,
        cloud_identity=few(listed(identity.identity) for identity in tenant.identities) or no_identity,
        mesh=toned(_owners_reach(index, tenant) if with_mesh else ""),
        findings=counted(entry.findings) or no_finding,
        mark=min((SEVERITY_MARKS[severity_word(each)] for each in entry.findings), key=_BY_MARK, default=""),
    )


_BY_MARK = (MARK_ERROR, MARK_LOOK, MARK_ACCEPTED).index


def _owners_reach(index: ProfileIndex, tenant: Tenant) -> str:
    owners = (member for member in tenant.members if member.subject == tenant.owner)
    return next((reach_text(index.reach(tenant, owner)) for owner in owners), NOTHING)


def _owner(tenant: Tenant) -> str:
    if tenant.owner:
        return person(tenant.owner)
    return UNKNOWN if tenant.gaps else NOTHING


def _with_role(tenant: Tenant, role: str) -> Iterator[str]:
    """Yield the contributors with the role *role* (`admin`, `edit` or `view`), if that role exists."""
    for member in tenant.members:
        is_contributor = member.relation is Relation.CONTRIBUTOR and member.role_exists is not False
        if is_contributor and member.short_role == role:
            yield person(member.subject)


def _others(tenant: Tenant) -> Iterator[str]:
    return (person(member.subject) for member in tenant.members if _is_other(member))


def _is_other(member: Member) -> bool:
    if member.relation is Relation.CONTRIBUTOR:
        return member.role_exists is False
    return member.relation in (Relation.GROUP, Relation.FOREIGN, Relation.OTHER)


def _identity_line(identity: CloudIdentity) -> str:
    only = ", by a plugin of the Profile that has not annotated it" if identity.plugin else ""
    cloud_name = part(identity.identity, " ")
    return f"ServiceAccount {part(identity.account)} is {cloud_name} to {identity.provider}{only}"


def _findings(entries: Iterable[ProfileEntry]) -> tuple[Finding, ...]:
    return in_order(finding for entry in entries for finding in entry.findings)


def _summary(entries: Sequence[ProfileEntry]) -> Iterator[str]:
    """Yield the number of findings of each type, in place of a list that would be too long."""
    findings = (finding for entry in entries for finding in entry.findings)
    counts = Counter((severity_word(finding), finding.type.id) for finding in findings)
    width = max(len(f"{count:,}") for count in counts.values())
    column = max(len(word) for word, _ in counts)
    yield f"{counts.total():,} findings; `profiles NAME` shows those of one profile:"
    for word, name in sorted(counts, key=lambda each: (each[0] == ACCEPTED, *each)):
        yield f"  {counts[word, name]:{width},}  {word:{column}}  {name}"


def _empty_table_remark(snapshot: Snapshot) -> str:
    """Return the remark that explains an empty table."""
    if snapshot.gap("profiles", "") or snapshot.gap("namespaces", ""):
        return "no profile was found; not everything could be read"
    return "no profile was found, nor a namespace that is labelled as one's"


def _kind_and_name(tenant: Tenant) -> str:
    """Return `profile/NAME`, or `namespace/NAME` if the namespace has the label but there is no Profile."""
    has_profile = tenant.profile or tenant.is_unread("profiles")
    return f"{'profile' if has_profile else 'namespace'}/{shown(tenant.name)}"


def _item(index: ProfileIndex, entry: ProfileEntry) -> Data:
    tenant = entry.tenant
    return {
        "name": tenant.name,
        "namespaceExists": tenant.exists,
        "owner": subject_data(tenant.owner) if tenant.owner else None,
        "ownerFrom": tenant.owner_from or None,
        "members": [member_data(index, tenant, member) for member in tenant.members],
        "serviceAccounts": [_account_data(tenant, account) for account in tenant.accounts],
        "cloudIdentities": [_identity_data(identity) for identity in tenant.identities],
        "findings": [finding_data(finding) for finding in entry.findings],
    }


def _identity_data(identity: CloudIdentity) -> Data:
    return {
        "serviceAccount": identity.account,
        "provider": identity.provider,
        "identity": identity.identity,
        "source": "Profile" if identity.plugin else "ServiceAccount",
    }


def _account_data(tenant: Tenant, account: ServiceAccount) -> Data:
    subject = Subject(SERVICE_ACCOUNT, account.name, tenant.name)
    bindings = (member.binding for member in tenant.members if member.subject == subject)
    return {
        "name": account.name,
        "cloudIdentities": list(tenant.identities_of(subject)),
        "roles": [
            {"binding": object_data(binding), "role": role_of_binding_data(binding)}
            for binding in bindings
            if binding
        ],
    }
