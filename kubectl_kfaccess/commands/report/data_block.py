"""
The details of many profiles as one block of JSON, from which the page's script draws what is asked for.

What occurs often is a number: the place in a list.
"""

from __future__ import annotations

from kubectl_kfaccess.commands.profiles.rows import MemberRow, member_rows
from kubectl_kfaccess.commands.profiles.sentences import headline_of
from kubectl_kfaccess.commands.report.anchors import profile_anchor, subject_anchor
from kubectl_kfaccess.commands.report.matrix import WEIGHTS
from kubectl_kfaccess.commands.report.page import Holding, Page
from kubectl_kfaccess.commands.report.profile_parts import MEMBER_HEADERS
from kubectl_kfaccess.kubeflow.tenants.profiles import Member
from kubectl_kfaccess.output.layout import text_of
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.terminal.safe_text import NOTHING, part, shown


class _Numbered:
    """Values that occur often, each with its number."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}

    def number(self, value: object) -> int:
        """Return the number of a value, a new one if it is new."""
        return self._numbers.setdefault(value, len(self._numbers))

    def all(self) -> list[object]:
        """Return the values in the order of their numbers."""
        return [*self._numbers]


def data_block(page: Page) -> Data:
    """
    Return the details: `profiles`, each `[anchor, name, headline, rows]`.

    A row is `[subject, binding, cells]`: a place in `subjects`, a text, and a place in `cells`. A subject is
    its reference, and its anchor if that does not follow from the reference. Cells are the relation, the
    role, the answers below kubectl, Kubeflow and Mesh, the note, the level, and 1 if it crosses.
    """
    subjects, cells = _Numbered(), _Numbered()
    held = {(holding.profile, holding.subject): holding for holding in page.holdings}
    profiles: list[object] = []
    for entry in page.inventory.entries:
        tenant = entry.tenant
        rows = zip(tenant.members, member_rows(page.inventory.index, tenant), strict=True)
        lines = [
            (
                subjects.number(_subject(member.subject)),
                row.binding,
                cells.number(_cells(member, row, held.get((tenant.name, member.subject)))),
            )
            for member, row in rows
        ]
        profiles.append((profile_anchor(tenant.name), shown(tenant.name), headline_of(tenant), lines))
    return {
        "headers": list(MEMBER_HEADERS),
        "weights": WEIGHTS,
        "subjects": subjects.all(),
        "cells": cells.all(),
        "profiles": profiles,
    }


def _subject(subject: Subject) -> tuple[str, ...]:
    """Return the reference of a subject, and its anchor unless the page's script can work it out."""
    text, to = reference_text(subject), subject_anchor(subject)
    return (text,) if to == _usual_anchor(text) else (text, to)


def _usual_anchor(text: str) -> str:
    """Return the anchor of most subjects with that reference, as the script does (`anchorOf`)."""
    for start, kind in (("sa:", "account"), ("group:", "group")):
        if text.startswith(start):
            return f"{kind}-{text.removeprefix(start)}"
    return f"person-{text}"


def _cells(member: Member, row: MemberRow, holding: Holding | None) -> tuple[object, ...]:
    role = part(member.role.name, "/,") if member.role else NOTHING
    if member.role and member.role.kind != "ClusterRole":
        role = f"{part(member.role.kind)}/{role}"
    words = map(text_of, (row.kubectl, row.kubeflow, row.mesh))
    level = holding.word if holding else NOTHING
    return (row.relation, role, *words, row.note, level, int(holding.crosses) if holding else 0)
