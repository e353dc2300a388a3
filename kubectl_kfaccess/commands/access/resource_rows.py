"""The table of `access` by resource: one row each, with a column per plain verb."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.access.answer import Access, Place
from kubectl_kfaccess.commands.access.arguments import Options
from kubectl_kfaccess.commands.access.cells import (
    VERIFIED,
    is_empty,
    is_on_two_planes,
    mark,
    names_text,
    place_text,
    plain_verbs,
    short_name,
    special_verbs,
)
from kubectl_kfaccess.output.blocks import Column, Row, Section
from kubectl_kfaccess.output.rbac_terms import toned
from kubectl_kfaccess.rbac.access_grid import Cell
from kubectl_kfaccess.terminal.safe_text import shown

HEAD = (Column("NAMESPACE", optional=True), Column("RESOURCE"), Column("VIA", optional=True))
TAIL = (
    Column("OTHER", optional=True),
    Column("NAMES", optional=True),
    Column("MESH", wide=True, optional=True),
    Column("VERIFIED", optional=True),
)


class ResourceRows:
    """The rows of the resources in each place."""

    def __init__(self, value: Access, options: Options) -> None:
        self._value = value
        self._hides_empty = options.hide_empty
        self._verbs = plain_verbs(value.resources)

    def columns(self) -> tuple[Column, ...]:
        """Return the columns: one per plain verb; OTHER lists the remaining verbs."""
        return (*HEAD, *(Column(verb.upper()) for verb in self._verbs), *TAIL)

    def sections(self) -> tuple[Section, ...]:
        """Return the rows for people, with the namespace if there are several places."""
        return self._sections(names_places=len(self._value.places) > 1)

    def unfolded(self) -> tuple[Section, ...]:
        """Return the rows for machines, always with the namespace."""
        return self._sections(names_places=True)

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
            yield (namespace, name, plane, *verbs, *self._tail(cell))

    def _tail(self, cell: Cell) -> tuple[str, ...]:
        """Return the cells that follow the verbs."""
        reach = self._value.mesh.get(cell.namespace)
        return (special_verbs(cell), names_text(cell), reach.value if reach else "", self._verified(cell))

    def _verified(self, cell: Cell) -> str:
        if self._value.verified is None:
            return ""
        return VERIFIED[self._value.verified.by_resource.get((cell.namespace, cell.resource))]
