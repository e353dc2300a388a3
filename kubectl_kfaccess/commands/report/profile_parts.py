"""The part of each profile: the people, the accounts, what is wrong, and what pipelines lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.check.check import Check
from kubectl_kfaccess.commands.check.need_rows import NeedRows
from kubectl_kfaccess.commands.check.purpose_rows import PurposeRows
from kubectl_kfaccess.commands.profiles.answer import ProfileEntry
from kubectl_kfaccess.commands.profiles.cluster_wide_rows import cluster_wide_members
from kubectl_kfaccess.commands.profiles.rows import MemberRow, member_rows
from kubectl_kfaccess.commands.profiles.sentences import details_of, headline_of
from kubectl_kfaccess.commands.report.anchors import profile_anchor
from kubectl_kfaccess.commands.report.commands_text import ask
from kubectl_kfaccess.commands.report.crossing_text import CrossingTexts
from kubectl_kfaccess.commands.report.finding_cards import finding_link
from kubectl_kfaccess.commands.report.page import Page
from kubectl_kfaccess.commands.report.parts import Parts, cell
from kubectl_kfaccess.commands.report.views import Cell, Link, ProfilePart, Table
from kubectl_kfaccess.kubeflow.tenants.profiles import Member, Tenant
from kubectl_kfaccess.output.blocks import Text
from kubectl_kfaccess.output.layout import text_of
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.terminal.safe_text import UNKNOWN, part, shown

MEMBER_HEADERS = ("Subject", "As", "Role", "Binding", "kubectl", "Kubeflow", "Mesh", "Note")
EVERYWHERE_HEADERS = ("Subject", "Role", "ClusterRoleBinding", "kubectl", "Kubeflow", "Note")
_TONES = {"yes": "yes", "no": "no", UNKNOWN: "unknown", "some": "unknown"}


def word_cell(text: Text) -> Cell:
    """Return the cell of a word such as yes, no or `?`."""
    word = text_of(text)
    return Cell(word, _TONES.get(word, ""))


class ProfileTexts:
    """The parts of the profiles of a page."""

    def __init__(self, page: Page, parts: Parts, ways: CrossingTexts) -> None:
        self._page, self._parts, self._ways = page, parts, ways
        self._areas = _areas(page.check)
        self._runners = {account.subject: account.runners for account in page.accounts}

    def part(self, entry: ProfileEntry) -> ProfilePart:
        """Return the part of one profile."""
        tenant = entry.tenant
        areas, absent = self._areas.get(tenant.name, ((), ""))
        return ProfilePart(
            anchor=profile_anchor(tenant.name),
            name=shown(tenant.name),
            headline=headline_of(tenant),
            facts=tuple(_facts(tenant)),
            members=Table(MEMBER_HEADERS, tuple(self.member_cells(tenant))),
            everywhere=self._everywhere(),
            findings=tuple(map(finding_link, entry.findings)),
            accounts=tuple(self._accounts(tenant)),
            areas=areas,
            areas_note=absent,
            ways=self._ways.into(tenant.name),
            command=ask("profiles", tenant.name),
        )

    def member_cells(self, tenant: Tenant) -> Iterator[tuple[Cell, ...]]:
        """Yield a row for each member, as `profiles NAME` has them."""
        rows = member_rows(self._page.inventory.index, tenant)
        for member, row in zip(tenant.members, rows, strict=True):
            yield self._member(member, row)

    def _member(self, member: Member, row: MemberRow) -> tuple[Cell, ...]:
        role = cell(self._parts.role(member.role)) if member.role else Cell(row.role)
        words = map(word_cell, (row.kubectl, row.kubeflow, row.mesh))
        subject = cell(self._parts.subject(member.subject))
        return (subject, Cell(row.relation), role, Cell(row.binding), *words, Cell(row.note))

    def _everywhere(self) -> Table:
        inventory = self._page.inventory
        rows = cluster_wide_members(inventory.cluster_wide, inventory.index.services)
        return Table(EVERYWHERE_HEADERS, tuple(map(_everywhere_row, rows)))

    def _accounts(self, tenant: Tenant) -> Iterator[tuple[Link, str, tuple[Link, ...]]]:
        """Yield each service account with its cloud identity, and who can run code as it."""
        for account in self._page.accounts:
            if account.subject.namespace == tenant.name and account.known:
                runners = tuple(map(self._parts.subject, account.runners))
                link = self._parts.subject(account.subject)._replace(text=shown(account.subject.name))
                yield link, ", ".join(map(shown, account.identities)), runners


def _everywhere_row(row: Sequence[Text]) -> tuple[Cell, ...]:
    subjects, _, role, binding, _, kubectl, kubeflow, _, _, note, _ = row
    texts = (Cell(text_of(subjects)), Cell(text_of(role)), Cell(text_of(binding)))
    return (*texts, word_cell(kubectl), word_cell(kubeflow), Cell(text_of(note)))


def _facts(tenant: Tenant) -> Iterator[tuple[str, str]]:
    """Yield what is known of the profile itself."""
    unknown = UNKNOWN if tenant.gaps else "nobody is known"
    yield "Owner", reference_text(tenant.owner) if tenant.owner else unknown
    yield "Namespace", {True: "exists", False: "does not exist", None: "not known"}[tenant.exists]
    for identity in tenant.identities:
        yield (
            "Cloud identity",
            f"{part(identity.account)} is {part(identity.identity, ' ')} ({identity.provider})",
        )
    for text in details_of(tenant):
        yield "Note", text


Areas = tuple[tuple[tuple[Cell, ...], ...], str]


def _areas(check: Check | None) -> dict[str, Areas]:
    """Return for each profile a row for each area of pipelines, and which areas are not installed."""
    if check is None:
        return {}
    purposes = PurposeRows(check, NeedRows(check, ()), ())
    areas: dict[str, Areas] = {}
    for result in check.results:
        sections = purposes.table(result).sections()
        rows = tuple(_area(row) for section in sections for row in section.rows)
        areas[result.runner.namespace] = (rows, purposes.not_installed(result))
    return areas


def _area(row: Iterable[Text]) -> tuple[Cell, ...]:
    _, purpose, word, count, missing = map(text_of, row)
    tone = {"ok": "yes", "no": "no", UNKNOWN: "unknown"}.get(word, "")
    return (Cell(purpose), Cell(word, tone), Cell(count), Cell(missing))
