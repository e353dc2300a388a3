"""The table of profiles by people: who has what where, in a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from kubectl_kfaccess.commands.report.page import Holding, Page
from kubectl_kfaccess.commands.report.parts import Parts
from kubectl_kfaccess.commands.report.views import Link, Matrix, MatrixCell, MatrixRow
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.output.step_text import binding_text
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER
from kubectl_kfaccess.terminal.safe_text import part, shown

MOST_COLUMNS = 60
"""People beyond these are counted in a last column."""
WEIGHTS = {"some": 0, "view": 1, "edit": 2, "admin": 3, "owner": 4}
Column = tuple[str, Subject]
"""The team below which a subject is listed, and the subject."""


def matrix(page: Page, parts: Parts) -> Matrix:
    """Return the table. Accounts have no column in it unless they are of another profile."""
    named, folded = _columns(page)
    by_place = {(holding.subject, holding.profile): holding for holding in page.holdings}
    rows = tuple(_row(entry.tenant.name, named, folded, by_place, parts) for entry in page.inventory.entries)
    titles = [title for title, _ in named]
    return Matrix(
        groups=tuple((shown(title), len([*same])) for title, same in groupby(titles)),
        columns=tuple(parts.subject(subject) for _, subject in named),
        rows=rows,
        everywhere=tuple(_everywhere(page, parts)),
        folded=len(folded),
    )


def cell_of(holding: Holding | None) -> MatrixCell | None:
    """Return the cell of a holding; None without any."""
    if holding is None:
        return None
    return MatrixCell(holding.word, WEIGHTS.get(holding.word, 0), holding.crosses, chain_text(holding))


def chain_text(holding: Holding) -> str:
    """Return how somebody has it: relation, role, binding."""
    texts = (
        f"{member.relation.value}: {part(member.role.kind)} {part(member.role.name)} by"
        f" {binding_text(member.binding)}"
        if member.binding and member.role
        else f"AuthorizationPolicy {part(member.policy)} alone"
        if member.policy
        else member.relation.value
        for member in holding.members
    )
    return few(texts)


def _columns(page: Page) -> tuple[list[Column], list[Column]]:
    """
    Return the subjects with the team that they are listed below, in the order of teams, and those left out.

    Of many, those stay who cross, and then those who are in the most profiles.
    """
    held: dict[Subject, list[Holding]] = {}
    for holding in page.holdings:
        if holding.relation is not Relation.OWN_ACCOUNT or holding.crosses:
            held.setdefault(holding.subject, []).append(holding)
    homes = {person.subject: person.homes for person in page.people}
    columns = sorted(
        ((_team(subject, homes.get(subject, ()), own), subject) for subject, own in held.items()), key=_order
    )
    widest = sorted(columns, key=lambda column: _width(held[column[1]]), reverse=True)
    kept = frozenset(subject for _, subject in widest[:MOST_COLUMNS])
    return (
        [column for column in columns if column[1] in kept],
        [column for column in columns if column[1] not in kept],
    )


def _team(subject: Subject, homes: Sequence[str], own: Sequence[Holding]) -> str:
    """Return the profile that a subject is at home in; without one, the first that they have access to."""
    return subject.namespace or next(iter(homes), own[0].profile)


def _order(column: Column) -> tuple[str, int, str, str]:
    team, subject = column
    kinds = (USER, GROUP, SERVICE_ACCOUNT)
    rank = kinds.index(subject.kind) if subject.kind in kinds else len(kinds)
    return (team, rank, subject.name.casefold(), subject.name)


def _width(own: Sequence[Holding]) -> tuple[bool, int]:
    return (any(holding.crosses for holding in own), len(own))


def _row(
    profile: str,
    named: Sequence[Column],
    folded: Sequence[Column],
    by_place: dict[tuple[Subject, str], Holding],
    parts: Parts,
) -> MatrixRow:
    others = [subject for _, subject in folded if (subject, profile) in by_place]
    return MatrixRow(
        parts.profile(profile),
        tuple(cell_of(by_place.get((subject, profile))) for _, subject in named),
        str(len(others)) if others else "",
    )


def _everywhere(page: Page, parts: Parts) -> Iterator[tuple[Link, str]]:
    """Yield who has rights in every profile, and by which role."""
    for grant in page.inventory.cluster_wide or ():
        yield parts.subject(grant.subject), part(grant.role.name)
