"""The table of `access` by resource: one row each, with a column per plain verb."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.commands.access.access import Access, Place
from kubectl_kfaccess.commands.access.arguments import Options
from kubectl_kfaccess.commands.access.cells import (
    GROUPS,
    VERIFIED,
    group_text,
    is_empty,
    is_on_two_planes,
    mark,
    more_text,
    names_text,
    place_text,
    plain_verbs,
    short_name,
    special_verbs,
)
from kubectl_kfaccess.kubeflow.catalogue.levels import AreaLevel
from kubectl_kfaccess.output.blocks import Column, Row, Section, Text
from kubectl_kfaccess.output.layout import text_of
from kubectl_kfaccess.output.rbac_terms import toned
from kubectl_kfaccess.rbac.access_grid import Cell
from kubectl_kfaccess.terminal.safe_text import shown

HEAD = (
    Column("NAMESPACE", optional=True),
    Column("AREA", narrow=True),
    Column("RESOURCE"),
    Column("VIA", optional=True),
)
RESOURCE_AT = 2
TAIL = (
    Column("OTHER", optional=True, wide=True),
    Column("NAMES", optional=True),
    Column("STEPS", optional=True),
    Column("MESH", wide=True, optional=True),
    Column("VERIFIED", optional=True),
)


def _folded(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield one row for all rows that differ only in the resource."""
    alike: dict[tuple[Text, ...], list[str]] = {}
    for row in rows:
        key = (*row[:RESOURCE_AT], *row[RESOURCE_AT + 1 :])
        alike.setdefault(key, []).append(text_of(row[RESOURCE_AT]))
    for key, names in alike.items():
        yield (*key[:RESOURCE_AT], _names_text(names), *key[RESOURCE_AT:])


def _names_text(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= MOST_NAMES else f"{names[0]} and {len(names) - 1} alike"


MOST_NAMES = 2


class ResourceRows:
    """The rows of the resources in each place."""

    def __init__(self, value: Access, options: Options) -> None:
        self._value = value
        self._hides_empty = options.hide_empty
        self._folds = options.fold and options.output.format in ("table", "markdown")
        self._verbs = plain_verbs(value.resources)

    def columns(self) -> tuple[Column, ...]:
        """Return the columns: groups of verbs; with `wide` one per plain verb, OTHER lists the rest."""
        groups = (Column(header, narrow=True) for header in GROUPS)
        verbs = (Column(verb.upper(), wide=True) for verb in self._verbs)
        return (*HEAD, *groups, Column("MORE", narrow=True, optional=True), *verbs, *TAIL)

    def sections(self) -> tuple[Section, ...]:
        """Return the rows for people, with the namespace if there are several places."""
        (section,) = self._sections(names_places=len(self._value.places) > 1)
        return (Section("", list(_folded(section.rows))) if self._folds else section,)

    def unfolded(self) -> tuple[Section, ...]:
        """Return the rows for machines, always with the namespace."""
        return self._sections(names_places=True)

    def levels(self) -> tuple[AreaLevel, ...]:
        """Return no levels: the cells are verbs, or groups of verbs that the resource has."""
        return ()

    def remarks(self) -> tuple[str, ...]:
        """Return no remarks: rows are left out only on request."""
        return ()

    def _sections(self, *, names_places: bool) -> tuple[Section, ...]:
        rows = (row for place in self._value.places for row in self._rows(place, names_places=names_places))
        return (Section("", list(rows)),)

    def _rows(self, place: Place, *, names_places: bool) -> Iterator[Row]:
        resources = [cell.resource for cell in place.cells]
        for cell in place.cells:
            if self._hides_empty and is_empty((cell,)):
                continue
            name = shown(short_name(cell.resource, resources))
            plane = cell.resource.via.value if is_on_two_planes(cell.resource, resources) else ""
            namespace = place_text(Place(place.namespace, (cell,))) if names_places else ""
            verbs = (toned(mark(cell, verb)) for verb in self._verbs)
            groups = (toned(group_text(cell, group)) for group in GROUPS.values())
            area = cell.resource.area
            yield (namespace, area, name, plane, *groups, more_text(cell), *verbs, *self._tail(cell))

    def _tail(self, cell: Cell) -> tuple[str, ...]:
        """Return the cells that follow the verbs."""
        reach = self._value.mesh.get(cell.namespace)
        mesh = reach.value if reach else ""
        return (special_verbs(cell), names_text(cell), self._steps(cell), mesh, self._verified(cell))

    def _steps(self, cell: Cell) -> str:
        """Return the numbers of the proved ways that allow some of it."""
        indirect = self._value.indirect
        ways = indirect.numbers_of(cell) if indirect else ()
        return ", ".join(f"[{number}]" for number in ways)

    def _verified(self, cell: Cell) -> str:
        if self._value.verified is None:
            return ""
        return VERIFIED[self._value.verified.by_resource.get((cell.namespace, cell.resource))]
