"""Which parts a page has: code that links to a part asks here if there is one."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_kfaccess.commands.report.anchors import profile_anchor, role_anchor, subject_anchor
from kubectl_kfaccess.commands.report.page import Page
from kubectl_kfaccess.commands.report.views import Cell, Link
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.rbac.model import RoleRef, Subject
from kubectl_kfaccess.terminal.safe_text import part, shown


class Parts:
    """The anchors of the parts of a page."""

    def __init__(self, page: Page, roles: Iterable[str]) -> None:
        self._profiles = frozenset(entry.tenant.name for entry in page.inventory.entries)
        people = (person.subject for person in page.people)
        self._subjects = frozenset((*people, *(account.subject for account in page.accounts)))
        self._roles = frozenset(roles)

    def profile(self, name: str) -> Link:
        """Return the link to a profile."""
        return Link(shown(name), profile_anchor(name) if name in self._profiles else "")

    def subject(self, subject: Subject) -> Link:
        """Return the link to a subject, in its shortest spelling."""
        known = subject in self._subjects
        return Link(reference_text(subject), subject_anchor(subject) if known else "")

    def role(self, ref: RoleRef) -> Link:
        """Return the link to a role; a ClusterRole is called by its name alone."""
        name = part(ref.name, "/,")
        if ref.kind != "ClusterRole":
            return Link(f"{part(ref.kind)}/{name}")
        return Link(name, role_anchor(ref.name) if ref.name in self._roles else "")


def cell(link: Link) -> Cell:
    """Return a cell with that link."""
    return Cell(link.text, "", link.to)
