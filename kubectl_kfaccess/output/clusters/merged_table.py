"""The tables of several clusters as one, with the column CLUSTER in front."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from kubectl_kfaccess.output.blocks import Column, Row, Section, Table, Text
from kubectl_kfaccess.output.few import FEW, few
from kubectl_kfaccess.output.layout import text_of
from kubectl_kfaccess.terminal.safe_text import shown

CLUSTER = Column("CLUSTER")

Sections = Callable[[], "tuple[Section, ...]"]


def merged_table(tables: Sequence[tuple[str, Table]], *, folds: bool = False) -> Table:
    """
    Return one table with the rows of all *tables*, each with the name of its cluster.

    With *folds*, rows that are the same in several clusters are one.
    """
    columns = _columns(tables)

    def sections() -> tuple[Section, ...]:
        merged = _merged([(cluster, table, table.sections) for cluster, table in tables], columns)
        return _folded(merged, len(tables)) if folds else merged

    return Table(
        (CLUSTER, *columns),
        sections,
        lambda: _merged(
            [(cluster, table, table.unfolded or table.sections) for cluster, table in tables], columns
        ),
        headers=all(table.headers for _, table in tables),
    )


def _columns(tables: Sequence[tuple[str, Table]]) -> tuple[Column, ...]:
    """Return the columns of all tables, each header once. A table can have columns that others lack."""
    columns: dict[str, Column] = {}
    for _, table in tables:
        for column in table.columns:
            columns.setdefault(column.header, column)
    columns.pop(CLUSTER.header, None)  # the table's own name of its cluster
    return tuple(columns.values())


def _merged(parts: Sequence[tuple[str, Table, Sections]], columns: Sequence[Column]) -> tuple[Section, ...]:
    """Return the sections of all tables; those with the same title are one."""
    rows: dict[str, list[Row]] = {}
    for cluster, table, sections in parts:
        places = {column.header: at for at, column in enumerate(table.columns)}
        order = [places.get(column.header, -1) for column in columns]
        for section in sections():
            titled = rows.setdefault(section.title, [])
            titled += [_row(cluster, row, order) for row in section.rows]
    return tuple(Section(title, titled) for title, titled in rows.items())


def _folded(sections: Iterable[Section], count: int) -> tuple[Section, ...]:
    """Return the sections with one row for those that differ in the cluster alone, of *count* clusters."""
    return tuple(Section(section.title, [*_folded_rows(section.rows, count)]) for section in sections)


def _folded_rows(rows: Iterable[Row], count: int) -> Iterator[Row]:
    clusters: dict[tuple[Text, ...], list[str]] = {}
    for cluster, *cells in rows:
        clusters.setdefault(tuple(cells), []).append(text_of(cluster))
    for same, names in clusters.items():
        is_everywhere = len(set(names)) == count > FEW
        yield (f"all {count:,}" if is_everywhere else few(names), *same)


def _row(cluster: str, row: Row, order: Sequence[int]) -> Row:
    return (shown(cluster), *(row[at] if at >= 0 else "" for at in order))
