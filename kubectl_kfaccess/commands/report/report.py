"""The report: one page, or the sheet for recertification."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kubectl_kfaccess.commands.report.arguments import KIND, Options
from kubectl_kfaccess.commands.report.crossing_text import HEADERS, CrossingTexts
from kubectl_kfaccess.commands.report.data_block import data_block
from kubectl_kfaccess.commands.report.finding_cards import cards
from kubectl_kfaccess.commands.report.head_text import head
from kubectl_kfaccess.commands.report.lists import (
    ACCOUNT_HEADERS,
    PERSON_HEADERS,
    PROFILE_HEADERS,
    account_rows,
    person_rows,
    profile_rows,
)
from kubectl_kfaccess.commands.report.matrix import matrix
from kubectl_kfaccess.commands.report.page import Page
from kubectl_kfaccess.commands.report.parts import Parts
from kubectl_kfaccess.commands.report.person_parts import PersonTexts
from kubectl_kfaccess.commands.report.profile_parts import ProfileTexts
from kubectl_kfaccess.commands.report.role_parts import RoleTexts, role_names
from kubectl_kfaccess.commands.report.sheet import sheet
from kubectl_kfaccess.commands.report.unread_text import unread
from kubectl_kfaccess.commands.report.way_text import WayTexts
from kubectl_kfaccess.notes import note_texts
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.terminal.safe_text import line

TEMPLATE = "report.html.j2"


def report(value: Page, _options: Options) -> Report:
    """Return the report; the page and the sheet are made when a format asks for them."""
    return Report(kind=KIND, table=sheet(value), page=lambda: (TEMPLATE, _texts(value)))


def _texts(page: Page) -> Mapping[str, object]:
    """Return what the template prints."""
    names = role_names(page)
    parts = Parts(page, names)
    ways = WayTexts(page, parts)
    crossings = CrossingTexts(page, parts)
    roles = RoleTexts(page, page.aggregation, parts) if page.aggregation else None
    return {
        "head": head(page),
        "in_full": page.is_in_full,
        "cards": tuple(cards(page, parts, crossings)),
        "ways": crossings.views,
        "not_drawn": crossings.not_drawn(),
        "more_crossing": crossings.not_listed,
        "others_count": crossings.others_count,
        "crossing_headers": HEADERS,
        "pairs": crossings.pairs(),
        "others": crossings.others(),
        "profile_headers": PROFILE_HEADERS,
        "profile_rows": tuple(profile_rows(page, parts)),
        "person_headers": PERSON_HEADERS,
        "person_rows": tuple(person_rows(page, parts)),
        "account_headers": ACCOUNT_HEADERS,
        "account_rows": tuple(account_rows(page, parts)),
        "drawn_roles": roles.drawn(names) if roles else (),
        "roles": roles.others(names) if roles else (),
        "unread": tuple(unread(page)),
        "notes": tuple(map(line, note_texts(page.notes, standing=True))),
        **(dict(_in_full(page, parts, crossings, ways)) if page.is_in_full else {"data": data_block(page)}),
    }


def _in_full(
    page: Page, parts: Parts, crossings: CrossingTexts, ways: WayTexts
) -> Iterator[tuple[str, object]]:
    """Yield what stands in the page as HTML if there are not too many profiles."""
    profiles, people = ProfileTexts(page, parts, crossings), PersonTexts(page, parts, crossings, ways)
    yield "matrix", matrix(page, parts)
    yield "profiles", tuple(map(profiles.part, page.inventory.entries))
    yield "people", tuple(map(people.person, page.people))
    yield "accounts", tuple(map(people.account, page.accounts))
