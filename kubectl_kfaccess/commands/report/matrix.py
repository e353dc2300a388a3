"""The table of profiles by people: who has what where, in a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from kubectl_kfaccess.commands.report.page import Holding, Page, Person
from kubectl_kfaccess.commands.report.parts import Parts
from kubectl_kfaccess.commands.report.views import Link, Matrix, MatrixCell, MatrixRow
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.output.step_text import binding_text
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT
from kubectl_kfaccess.terminal.safe_text import part

MOST_COLUMNS = 60
"""People beyond these are counted in a last column."""
WEIGHTS = {"some": 0, "view": 1, "edit": 2, "admin": 3, "owner": 4}
OWNERS, OTHERS, GROUPS, ACCOUNTS = "owners", "others", "groups", "foreign accounts"


def matrix(page: Page, parts: Parts) -> Matrix:
    """Return the table. Accounts have no column in it unless they are of another profile."""
    columns = _columns(page)
    named = columns[:MOST_COLUMNS]
    by_place = {(holding.subject, holding.profile): holding for holding in page.holdings}
    rows = tuple(
        _row(entry.tenant.name, named, columns[MOST_COLUMNS:], by_place, parts)
        for entry in page.inventory.entries
    )
    titles = [title for title, _ in named]
    return Matrix(
        groups=tuple((title, len([*same])) for title, same in groupby(titles)),
        columns=tuple(parts.subject(subject) for _, subject in named),
        rows=rows,
        everywhere=tuple(_everywhere(page, parts)),
        folded=max(0, len(columns) - MOST_COLUMNS),
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


def _columns(page: Page) -> list[tuple[str, Subject]]:
    """Return the subjects with the title of their group: people by the profile that they own first."""
    people = [person for person in page.people if person.holdings]
    grouped = sorted(people, key=lambda person: (_rank(person), _title(person)))  # names stay in order
    foreign = dict.fromkeys(
        holding.subject
        for holding in page.holdings
        if holding.subject.kind == SERVICE_ACCOUNT and holding.relation is not Relation.OWN_ACCOUNT
    )
    columns = [(_title(person), person.subject) for person in grouped]
    return [*columns, *((ACCOUNTS, subject) for subject in foreign)]


def _rank(person: Person) -> int:
    """Return the place of a group of columns: owners, people without a profile, groups."""
    return 2 if person.subject.kind == GROUP else 0 if person.homes else 1


def _title(person: Person) -> str:
    if person.subject.kind == GROUP:
        return GROUPS
    return OWNERS if person.homes else OTHERS


def _row(
    profile: str,
    named: Sequence[tuple[str, Subject]],
    folded: Sequence[tuple[str, Subject]],
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
