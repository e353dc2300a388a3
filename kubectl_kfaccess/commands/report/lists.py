"""The lists of a page: a row for each profile, person and account, even if parts are drawn on demand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kubectl_kfaccess.commands.profiles.sentences import contributors_text
from kubectl_kfaccess.commands.report.page import Account, Page, Person
from kubectl_kfaccess.commands.report.parts import Parts, cell
from kubectl_kfaccess.commands.report.views import Cell, Row
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.output.few import few_in_sentence
from kubectl_kfaccess.output.findings import counted, severity_word
from kubectl_kfaccess.terminal.safe_text import NOTHING, UNKNOWN, part, shown

PROFILE_HEADERS = ("Profile", "Owner", "Shared with", "Findings")
PERSON_HEADERS = ("Who", "Owns", "Has access to", "Everywhere")
ACCOUNT_HEADERS = ("Service account", "Profile", "Has access elsewhere", "In the cloud")
_LOOKS = {"error": "no", "warning": "unknown"}


def profile_rows(page: Page, parts: Parts) -> Iterator[Row]:
    """Yield the row of each profile."""
    for entry in page.inventory.entries:
        tenant = entry.tenant
        owner = (
            cell(parts.subject(tenant.owner)) if tenant.owner else Cell(UNKNOWN if tenant.gaps else NOTHING)
        )
        worst = Counter(map(severity_word, entry.findings))
        look = next((_LOOKS[word] for word in _LOOKS if worst[word]), "")
        findings = Cell(counted(entry.findings), look)
        yield Row(parts.profile(tenant.name), (owner, Cell(contributors_text(tenant)), findings))


def person_rows(page: Page, parts: Parts) -> Iterator[Row]:
    """Yield the row of each user and group."""
    for person in page.people:
        yield Row(parts.subject(person.subject), tuple(map(Cell, _person_cells(page, person))))


def _person_cells(page: Page, person: Person) -> Iterator[str]:
    chosen = page.chosen
    yield few_in_sentence(shown(home) for home in person.homes if not chosen or home in chosen)
    others = (each for each in person.holdings if each.relation is not Relation.OWNER)
    yield few_in_sentence(f"{shown(each.profile)} ({each.word})" for each in others)
    yield few_in_sentence(part(grant.role.name) for grant in person.everywhere)


def account_rows(page: Page, parts: Parts) -> Iterator[Row]:
    """Yield the row of each service account that has access elsewhere, or an identity in the cloud."""
    for account in page.accounts:
        home = account.subject.namespace
        if account.identities or any(each.profile != home for each in account.holdings):
            yield Row(parts.subject(account.subject), tuple(_account_cells(account, parts)))


def _account_cells(account: Account, parts: Parts) -> Iterator[Cell]:
    home = account.subject.namespace or ""
    yield cell(parts.profile(home)) if home else Cell(NOTHING)
    away = [each for each in account.holdings if each.profile != home]
    text = few_in_sentence(f"{shown(each.profile)} ({each.word})" for each in away)
    yield Cell(text, "no" if any(each.crosses for each in away) else "")
    yield Cell(few_in_sentence(map(shown, account.identities)))
