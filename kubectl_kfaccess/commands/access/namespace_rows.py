"""The table of `access` by namespace: one row each, with a column per area, or in `wide` per resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.access.access import Access, Place
from kubectl_kfaccess.commands.access.arguments import Options
from kubectl_kfaccess.commands.access.cells import (
    VERIFIED,
    is_empty,
    is_on_two_planes,
    place_text,
    short_name,
)
from kubectl_kfaccess.commands.access.indirect import references
from kubectl_kfaccess.kubeflow.catalogue.levels import AreaLevel, area_level
from kubectl_kfaccess.output.blocks import Column, Row, Section, Text
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.output.rbac_terms import toned
from kubectl_kfaccess.rbac.access_grid import CLUSTER, Cell
from kubectl_kfaccess.terminal.safe_text import NOTHING, shown

FEW = 3
SHORT = {
    "serving": "serv",
    "pipelines": "pipes",
    "notebooks": "notes",
    "training": "train",
    "storage": "store",
    "secrets": "secr",
    "identity": "ident",
}
Contents = tuple[object, ...]
"""What the cells of a place grant, as a comparable value; () for nothing."""


class NamespaceRows:
    """
    The rows of the places.

    A namespace that grants the same as the whole cluster has no row of its own; namespaces with equal rows
    share one. `--no-fold` turns both off.
    """

    def __init__(self, value: Access, options: Options) -> None:
        self._value = value
        self._folds = options.fold
        self._hides_empty = options.hide_empty
        self._areas = tuple(dict.fromkeys(resource.area for resource in value.resources))
        self._everywhere = self._granted_everywhere() if options.fold else ()
        self._references = references(value.indirect) if value.indirect else {}
        self._levels_of: dict[Contents, tuple[Text, ...]] = {}

    def columns(self) -> tuple[Column, ...]:
        """Return the columns: one per area, and for `wide` one per resource instead."""
        areas = (
            Column(area.upper(), narrow=True, short=SHORT.get(area, area).upper()) for area in self._areas
        )
        resources = (Column(header, wide=True) for header in self._headers())
        tail = (Column("MESH", wide=True, optional=True), Column("VERIFIED", optional=True))
        return (Column("NAMESPACE"), Column("AS"), *areas, *resources, *tail)

    def sections(self) -> tuple[Section, ...]:
        """Return the rows for people, folded unless `--no-fold` is given."""
        return (Section("", list(self._folded() if self._folds else self._rows())),)

    def unfolded(self) -> tuple[Section, ...]:
        """Return one row per place, without folding equal rows."""
        return (Section("", list(self._rows())),)

    def remarks(self) -> Iterator[str]:
        """Yield how many namespaces have no row because they grant the same as the whole cluster."""
        alike = sum(map(self._is_as_everywhere, self._value.places))
        if alike:
            yield f"{alike:,} namespaces grant what the row `<all>` grants, and nothing else"

    def _headers(self) -> Iterator[str]:
        """Yield the headers of the resources' columns."""
        resources = self._value.resources
        for resource in resources:
            name = short_name(resource, resources)
            plane = f" ({resource.via.value})" if is_on_two_planes(resource, resources) else ""
            yield shown(f"{name}{plane}").upper()

    def _rows(self) -> Iterator[Row]:
        return ((place_text(place), *self._words(place)) for place in self._shown_places())

    def _folded(self) -> Iterator[Row]:
        """Yield one row for all places with equal words."""
        alike: dict[tuple[bool, tuple[Text, ...]], list[Place]] = {}
        for place in self._shown_places():
            alike.setdefault((place.namespace == CLUSTER, self._words(place)), []).append(place)
        # Nothing comes last: its namespaces are only counted if there are others
        for (_, words), places in sorted(alike.items(), key=lambda pair: is_empty(pair[1][0].cells)):
            is_rest = len(alike) > 1 and len(places) > FEW and is_empty(places[0].cells)
            yield (f"{len(places):,} others" if is_rest else _places_text(places), *words)

    def _shown_places(self) -> Iterator[Place]:
        """Yield the places that have a row; the whole cluster has two, namespaced and cluster-scoped."""
        for place in self._value.places:
            if place.namespace == CLUSTER:
                yield from _of_cluster(place)
            elif not self._is_as_everywhere(place) and not (self._hides_empty and is_empty(place.cells)):
                yield place

    def _granted_everywhere(self) -> Contents:
        """Return what is granted cluster-wide on namespaced resources."""
        clusters = (place for place in self._value.places if place.namespace == CLUSTER)
        cells = [cell for place in clusters for cell in place.cells if cell.resource.namespaced]
        return () if is_empty(cells) else _contents(cells)

    def _is_as_everywhere(self, place: Place) -> bool:
        """Whether the namespace grants exactly what the whole cluster grants, and that is not nothing."""
        if not place.namespace or not self._everywhere:
            return False
        return _contents(cell for cell in place.cells if cell.resource.namespaced) == self._everywhere

    def _words(self, place: Place) -> tuple[Text, ...]:
        """Return the cells of the place's row that follow its name."""
        reach = self._value.mesh.get(place.namespace)
        mesh = reach.value if reach else ""
        return (self._standing(place), *self._levels(place), mesh, self._verified(place))

    def _standing(self, place: Place) -> str:
        """Return `owner` or the level of access, and the numbers of steps; `-` for neither."""
        is_scoped = bool(place.namespace) or place.cells[0].resource.namespaced
        standing = self._value.standings.get(place.namespace) if is_scoped else None
        steps = few(f"[{number}]" for number in self._references.get(place.namespace, ()))
        word = standing.word if standing else ""
        return ", ".join(filter(None, (word, steps))) or NOTHING

    def levels(self) -> Iterator[AreaLevel]:
        """Yield the level of each area in each row that the table can have."""
        known: set[Contents] = set()
        for place in self._shown_places():
            contents = _contents(place.cells)
            if contents not in known:
                known.add(contents)
                yield from self._area_levels(place)

    def _area_levels(self, place: Place) -> Iterator[AreaLevel]:
        levels = (area_level([c for c in place.cells if c.resource.area == area]) for area in self._areas)
        return (level for level in levels if level)

    def _levels(self, place: Place) -> tuple[Text, ...]:
        """Return the words for the areas and resources of the place, which many namespaces share."""
        if place.namespace == CLUSTER:
            return self._computed_levels(place)
        # All namespaces have cells of the same resources in the same order
        contents = tuple((cell.allowed, cell.unknown, cell.names) for cell in place.cells)
        if contents not in self._levels_of:
            self._levels_of[contents] = self._computed_levels(place)
        return self._levels_of[contents]

    def _computed_levels(self, place: Place) -> tuple[Text, ...]:
        by_resource = {cell.resource: cell for cell in place.cells}
        areas = (area_level([c for c in place.cells if c.resource.area == area]) for area in self._areas)
        resources = (
            area_level((by_resource[resource],) if resource in by_resource else ())
            for resource in self._value.resources
        )
        return tuple(map(_text, (*areas, *resources)))

    def _verified(self, place: Place) -> str:
        if self._value.verified is None:
            return ""
        return VERIFIED[self._value.verified.by_namespace.get(place.namespace)]


def _text(level: AreaLevel | None) -> Text:
    """Return the cell of a level, in the tone of its word."""
    return toned(level.word)._replace(text=str(level)) if level else ""


def _of_cluster(place: Place) -> Iterator[Place]:
    """Yield the cluster's namespaced part, if it grants anything, and its cluster-scoped part, if any."""
    inside = Place(place.namespace, tuple(cell for cell in place.cells if cell.resource.namespaced))
    outside = Place(place.namespace, tuple(cell for cell in place.cells if not cell.resource.namespaced))
    if not is_empty(inside.cells):
        yield inside
    if outside.cells:
        yield outside


def _places_text(places: Sequence[Place]) -> str:
    """Return the names of at most FEW places, or the first name and the number of others."""
    if len(places) <= FEW:
        return ", ".join(map(place_text, places))
    return f"{place_text(places[0])} and {len(places) - 1:,} more like it"


def _contents(cells: Iterable[Cell]) -> Contents:
    return tuple((cell.resource, cell.allowed, cell.unknown, cell.names) for cell in cells)
