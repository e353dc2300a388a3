"""People who have rights in every profile: as rows of a table, of the inventory, and as machine data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kubectl_kfaccess.commands.profiles.rows import InventoryRow, named, person, yes
from kubectl_kfaccess.kubeflow.planes.counting import Counts, Services
from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import ClusterWideGrant
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.kubeflow.tenants.service_counts import cluster_wide_counts
from kubectl_kfaccess.output.blocks import Column, Section, Table, Text
from kubectl_kfaccess.output.counts_text import NOWHERE, counts_word, difference_text
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.output.rbac_terms import CLUSTER_WIDE, toned
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import counts_data, named_object_data, object_data, subject_data
from kubectl_kfaccess.rbac.subjects import GROUP
from kubectl_kfaccess.terminal.safe_text import NOTHING, UNKNOWN, part, shown

COLUMNS = (
    Column("CLUSTER-WIDE"),
    Column("ROLE"),
    Column("CLUSTERROLEBINDING", rank=2),
    Column("KUBECTL"),
    Column("KUBEFLOW"),
    Column("NOTE", optional=True, rank=1, footnote=True),
)
AS = Relation.EVERYWHERE.value
UNREAD = "who has rights in every profile is not known: ClusterRoleBindings could not be read"

Grants = Sequence[ClusterWideGrant] | None
"""The grants that give rights in every profile; None if they could not be read."""


class _Row(NamedTuple):
    """The cells of one subject, or of several with equal cells, in the order of COLUMNS."""

    subjects: str
    role: str
    binding: str
    kubectl: Text
    kubeflow: Text
    note: str


def cluster_wide_table(grants: Grants, services: Services, *, fold: bool) -> Table:
    """Return the table; with *fold*, subjects of one binding with equal cells share a row."""
    return Table(COLUMNS, lambda: (Section("", list(_rows(grants, services, fold=fold))),))


def _rows(grants: Grants, services: Services, *, fold: bool) -> Iterator[_Row]:
    if grants is None:
        yield _Row(UNKNOWN, UNKNOWN, UNKNOWN, yes(None), yes(None), UNREAD)
    elif fold:
        yield from _folded(_row(grant, services) for grant in grants)
    else:
        yield from (_row(grant, services) for grant in grants)


def _folded(rows: Iterator[_Row]) -> Iterator[_Row]:
    """Yield one row for all rows that differ only in the subject."""
    alike: dict[tuple[Text, ...], list[_Row]] = {}
    for row in rows:
        alike.setdefault(row[1:], []).append(row)
    for first, *others in alike.values():
        yield first._replace(subjects=few(row.subjects for row in (first, *others)))


def _row(grant: ClusterWideGrant, services: Services) -> _Row:
    counts = cluster_wide_counts(services, grant)
    return _Row(
        subjects=person(grant.subject),
        role=f"{part(grant.role.kind)}/{shown(grant.role.name)}",
        binding=shown(grant.binding.name),
        kubectl=yes(grant.kubectl),
        kubeflow=toned(counts_word(counts)),
        note="; ".join(_notes(grant, counts)),
    )


def cluster_wide_line(grants: Grants) -> str:
    """Return who has rights in every profile, by which role, in one line; "" for nobody."""
    if grants is None:
        return UNREAD
    texts = (f"{person(grant.subject)} ({part(grant.role.name)})" for grant in grants)
    return f"In every profile: {few(texts)}" if grants else ""


def cluster_wide_members(grants: Grants, services: Services) -> Iterator[tuple[Text, ...]]:
    """Yield the grants as rows of a profile's members, those of one binding that are alike in one row."""
    for row in _rows(grants, services, fold=True):
        role = row.role.removeprefix("ClusterRole/")
        cells = (row.subjects, AS, role, row.binding, NOTHING, row.kubectl, row.kubeflow, NOTHING, "")
        yield (*cells, row.note, "")


def cluster_wide_inventory(grants: Grants, services: Services) -> Iterator[InventoryRow]:
    """Yield a row of the inventory per grant; if grants could not be read, one row that says so."""
    if grants is None:
        yield _UNREAD_INVENTORY
    for grant in grants or ():
        row = _row(grant, services)
        yield InventoryRow(
            profile=CLUSTER_WIDE,
            kind=shown(grant.subject.kind),
            subject=named(grant.subject),
            relation=AS,
            role=row.role,
            binding=row.binding,
            kubectl=row.kubectl,
            kubeflow=row.kubeflow,
            note=row.note,
        )


_UNREAD_INVENTORY = InventoryRow(
    profile=CLUSTER_WIDE,
    kind=UNKNOWN,
    subject=UNKNOWN,
    relation=AS,
    role=UNKNOWN,
    binding=UNKNOWN,
    dashboard=UNKNOWN,
    kubectl=UNKNOWN,
    kubeflow=UNKNOWN,
    note=UNREAD,
)


def cluster_wide_data(grants: Grants, services: Services) -> list[Data] | None:
    """Return the grants as machine data; None if they could not be read."""
    return None if grants is None else [_item(grant, services) for grant in grants]


def _item(grant: ClusterWideGrant, services: Services) -> Data:
    counts = cluster_wide_counts(services, grant)
    return {
        "subject": subject_data(grant.subject),
        "role": named_object_data(grant.role.kind, "", grant.role.name),
        "binding": object_data(grant.binding),
        "counts": counts_data(grant.kubectl, counts),
        "note": "; ".join(_notes(grant, counts)),
    }


def _notes(grant: ClusterWideGrant, counts: Counts) -> Iterator[str]:
    if grant.subject.kind == GROUP and not any(counts.values()):
        yield NOWHERE
    if difference := difference_text(counts):
        yield difference
    if not grant.is_certain:
        yield "which rules the role has is not known"
