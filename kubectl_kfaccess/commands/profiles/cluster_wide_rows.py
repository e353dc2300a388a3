"""People who have rights in every profile at once, as rows of their own and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from kubectl_kfaccess.commands.profiles.rows import few, named, person, yes
from kubectl_kfaccess.output.blocks import Cell, Column, Row, Section, Table
from kubectl_kfaccess.output.rbac_terms import CLUSTER_WIDE, subject_data, toned
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.rbac.model import ClusterRoleBinding, RoleRef, Subject
from kubectl_kfaccess.rbac.subjects import GROUP
from kubectl_kfaccess.terminal.safe_text import NOTHING, UNKNOWN, part, shown

COLUMNS = (
    Column("IN-EVERY-PROFILE"),
    Column("ROLE"),
    Column("CLUSTERROLEBINDING"),
    Column("KUBECTL"),
    Column("KUBEFLOW"),
    Column("NOTE", optional=True),
)
AS = "everywhere"
UNREAD = "who has rights in every profile is not known: ClusterRoleBindings could not be read"


class Holder(Protocol):
    """One of the people whom a ClusterRoleBinding names; see kubeflow.everywhere."""

    @property
    def subject(self) -> Subject: ...
    @property
    def binding(self) -> ClusterRoleBinding: ...
    @property
    def role(self) -> RoleRef: ...
    @property
    def is_certain(self) -> bool: ...
    @property
    def kubectl(self) -> bool | None: ...
    @property
    def kubeflow(self) -> bool | None: ...


Holders = Sequence[Holder] | None
"""Those who have rights in every profile; None when they could not be read."""


def everywhere_table(holders: Holders, *, fold: bool) -> Table:
    """Return the rows in the order of COLUMNS; with *fold* those of one binding and alike are one."""
    return Table(COLUMNS, lambda: (Section("", list(_table_rows(holders, fold=fold))),))


def _table_rows(holders: Holders, *, fold: bool) -> Iterator[Row]:
    if holders is None:
        yield (UNKNOWN, UNKNOWN, UNKNOWN, toned(UNKNOWN), toned(UNKNOWN), UNREAD)
        return
    alike: dict[Row, list[str]] = {}
    for at, one in enumerate(holders):
        alike.setdefault((*_rest(one), "" if fold else str(at)), []).append(person(one.subject))
    for key, names in alike.items():
        yield (few(names), *key[:-1])


def everywhere_rows(holders: Holders) -> Iterator[Row]:
    """Yield a row of the inventory for each; of people who could not be read, one row says so."""
    if holders is None:
        yield CLUSTER_WIDE, UNKNOWN, UNKNOWN, AS, *[UNKNOWN] * 5, NOTHING, "", UNREAD
    for one in holders or ():
        role, binding, kubectl, kubeflow, note = _rest(one)
        subject = one.subject
        yield (
            CLUSTER_WIDE, shown(subject.kind), named(subject), AS, role, binding, NOTHING, kubectl, kubeflow,
            NOTHING, "", note,
        )  # fmt: skip


def everywhere_data(holders: Holders) -> list[Data] | None:
    """Return them as plain data; what is not known is null."""
    return None if holders is None else list(map(_item, holders))


def _item(one: Holder) -> Data:
    return {
        "subject": subject_data(one.subject),
        "role": {"kind": one.role.kind, "name": one.role.name},
        "binding": one.binding.name,
        "counts": {"kubectl": one.kubectl, "kubeflow": one.kubeflow},
        "note": "; ".join(_notes(one)),
    }


def _rest(one: Holder) -> tuple[str, str, Cell, Cell, str]:
    """The cells behind the subject."""
    role, binding = f"{part(one.role.kind)}/{part(one.role.name)}", shown(one.binding.name)
    return role, binding, _counts(one.kubectl), _counts(one.kubeflow), "; ".join(_notes(one))


def _counts(known: bool | None) -> Cell:
    return toned(yes(bool(known), known is None))


def _notes(one: Holder) -> Iterator[str]:
    if one.subject.kind == GROUP:
        yield "a group counts with kubectl alone"
    if not one.is_certain:
        yield "which rules the role has is not known"
