"""The ways between tenants as rows: those alike are one row, and the worst come first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.commands.audit.audit import Audit
from kubectl_kfaccess.commands.audit.way_words import by_text, from_text, into_text
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.isolation.way import NO_HOME, Way, WayKind
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.output.blocks import (
    MARK_ACCEPTED,
    MARK_ERROR,
    MARK_LOOK,
    MARK_UNKNOWN,
    MARKS,
    Column,
    Row,
    Section,
    Table,
)
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.terminal.safe_text import shown

COLUMNS = (
    MARKS,
    Column("INTO"),
    Column("FROM"),
    Column("LEVEL"),
    Column("KIND", rank=2),
    Column("BY", prose=True),
)
MOST_ROWS = 20
_KINDS = tuple(WayKind)
_LEVELS = tuple(TenantLevel)
_LOOK = (WayKind.GROUP, WayKind.OTHER)
_WORST = (MARK_ERROR, MARK_UNKNOWN, MARK_LOOK, MARK_ACCEPTED, "")


class Pair(NamedTuple):
    """A row: a mark, and the ways that are alike but for where they lead, or for their subjects."""

    mark: str
    ways: tuple[Way, ...]

    @property
    def first(self) -> Way:
        """The first of the ways."""
        return self.ways[0]


def pairs(value: Audit) -> list[Pair]:
    """Return the rows, the worst first: a way of several subjects, or into several tenants, is one row."""
    marks = _Marks(value)
    by_subjects: dict[object, list[Way]] = {}
    proved = {(way.into, way.from_tenant) for way in value.ways if way.crosses and way.is_proved}
    for way in value.ways:
        is_less = not way.is_proved and (way.into, way.from_tenant) in proved
        if not is_less and (way.kind is not WayKind.SHARED or way.from_tenant != NO_HOME):
            key = (marks.mark(way), way.subjects, way.from_tenant, way.kind, way.level)
            by_subjects.setdefault(key, []).append(way)
    by_tenants: dict[object, list[Way]] = {}
    for ways in by_subjects.values():
        first = ways[0]
        into = tuple(way.into for way in ways)
        place = (marks.mark(first), into, first.from_tenant, first.kind, first.level)
        by_tenants.setdefault(place, []).extend(ways)
    rows = [Pair(marks.mark(ways[0]), tuple(ways)) for ways in by_tenants.values()]
    return sorted(rows, key=_order)


def _order(pair: Pair) -> tuple[int, int, int, str, str]:
    way = pair.first
    return (
        _WORST.index(pair.mark),
        _KINDS.index(way.kind),
        -_LEVELS.index(way.level),
        way.into,
        way.from_tenant,
    )


def _reading_order(pair: Pair) -> tuple[bool, int]:
    """Return the order of the rows: what crosses, what is shared or everywhere, then what deserves a look."""
    return (pair.mark != MARK_ERROR, _READING.index(pair.first.kind))


_READING = (
    WayKind.FOREIGN,
    WayKind.INDIRECT,
    WayKind.SHARED,
    WayKind.EVERYWHERE,
    WayKind.GROUP,
    WayKind.OTHER,
)


class _Marks:
    """The mark of each way: of the worst finding about it."""

    def __init__(self, value: Audit) -> None:
        self._accepted = {_key(each) for each in value.findings if each.accepted}

    def mark(self, way: Way) -> str:
        """Return the mark in front of the row of *way*."""
        if any((way.into, way.from_tenant, subject) in self._accepted for subject in way.subjects):
            return MARK_ACCEPTED
        if way.crosses:
            return MARK_ERROR if way.is_proved else MARK_UNKNOWN
        return MARK_LOOK if way.kind in _LOOK or way.kind is WayKind.FOREIGN else ""


def _key(finding: Finding) -> object:
    return (finding.tenant, finding.from_tenant, finding.subject)


def pair_table(value: Audit, rows: Sequence[Pair]) -> Table:
    """Return the table of *rows*, in the order of reading. CSV has each subject and each tenant."""
    kept = sorted(rows, key=_reading_order)
    return Table(
        COLUMNS,
        lambda: (Section("", tuple(pair_row(value, pair) for pair in kept)),),
        lambda: (Section("", tuple(_single_rows(value))),),
    )


def _single_rows(value: Audit) -> Iterator[Row]:
    """Yield a row for each subject of each way, nobody folded and no tenant counted."""
    marks = _Marks(value)
    for way in value.ways:
        for subject in way.subjects:
            into = shown(way.into) if way.into else ALL
            text = reference_text(subject)
            yield (marks.mark(way), into, from_text(way), way.level.value, way.kind.value, text)


ALL = "*"
"""The tenants of a row that is about all of them."""


def pair_row(value: Audit, pair: Pair) -> Row:
    """Return the row: its mark, where its ways lead and come from, and who uses them."""
    tenants = value.view.crossings.tenants
    way = pair.first
    into = [*dict.fromkeys(each.into for each in pair.ways)]
    if len(into) > 1:
        place = f"{len(into):,} teams"
    else:
        number = len(tenants.names) - (way.from_tenant != NO_HOME)
        place = into_text(into[0], number, is_tenant=into[0] in tenants.namespaces)
    return (pair.mark, place, from_text(way), way.level.value, way.kind.value, _by(pair.ways))


def _by(ways: Sequence[Way]) -> str:
    """Return who uses the ways, and how."""
    subjects = [*dict.fromkeys(subject for way in ways for subject in way.subjects)]
    return by_text(ways[0], subjects)
