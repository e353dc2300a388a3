"""The report of `access --compare`: a row for each area, or for each resource."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.access.arguments import Options
from kubectl_kfaccess.commands.access.cells import CLUSTER_SCOPED, EVERYWHERE, is_on_two_planes, short_name
from kubectl_kfaccess.commands.access.comparison import (
    AreaPair,
    CellPair,
    Comparison,
    PlacePair,
)
from kubectl_kfaccess.commands.access.comparison_text import headline, more_text, names, only_text
from kubectl_kfaccess.kubeflow.catalogue.levels import AreaLevel
from kubectl_kfaccess.output.blocks import Column, Headline, Notes, Row, Section, Table, Text
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.output.rbac_terms import toned
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.output.shapes import who_data
from kubectl_kfaccess.rbac.access_grid import Cell
from kubectl_kfaccess.terminal.safe_text import NOTHING, part, shown

KIND = "AccessComparison"


def comparison_report(value: Comparison, options: Options) -> Report:
    """Return the report; for people without the areas in which both can do the same."""
    is_brief = options.output.format in ("table", "markdown")
    rows = _Rows(value, folds=options.fold and is_brief, is_brief=is_brief, hides=options.hide_empty)
    table = Table(rows.columns(), rows.sections, rows.unfolded)
    same = tuple(rows.same()) if is_brief else ()
    is_equal = not any(pair.has_more or pair.mirrored().has_more for pair in value.pairs)
    return Report(
        kind=KIND,
        blocks=(
            Headline(headline(value), piped=is_equal),
            *(() if is_brief and is_equal else (table,)),
            *((Notes(same),) if same and not is_equal else ()),
        ),
        table=table,
        head=lambda: {"subject": who_data(value.first.who), "compared": who_data(value.second.who)},
        items=lambda: _items(value, options),
        names=lambda: _names(value),
    )


class _Rows:
    """The rows of the places; with *folds* places whose rows are equal share them."""

    def __init__(self, value: Comparison, *, folds: bool, is_brief: bool, hides: bool) -> None:
        self._value = value
        self._folds = folds
        self._is_brief = is_brief
        self._hides = hides

    def columns(self) -> tuple[Column, ...]:
        """Return the columns: levels, and what only one of the two can do; in `wide` for each resource."""
        first, second = names(self._value)
        heads = (Column("NAMESPACE", optional=True, shared="all in {}"), Column("AREA"))
        resource = (Column("RESOURCE", wide=True), Column("VIA", wide=True, optional=True))
        levels = (Column(first.full, short=first.short), Column(second.full, short=second.short))
        only = (
            Column(f"ONLY {first.full}", short=f"ONLY {first.short}", optional=True, prose=not self._both()),
            Column(f"ONLY {second.full}", short=f"ONLY {second.short}", optional=True, prose=True),
        )
        return (*heads, *resource, *levels, *only)

    def sections(self) -> tuple[Section, ...]:
        """Return the rows for people: areas that differ, or in `wide` every resource."""
        return (Section("", list(self._folded() if self._folds else self._rows())),)

    def unfolded(self) -> tuple[Section, ...]:
        """Return the rows for machines: every resource in every place."""
        return (Section("", [row for place in self._value.places for row in self._resources(place)]),)

    def same(self) -> Iterator[str]:
        """Yield a line on the areas in which both can do the same, everywhere."""
        areas = [
            area
            for area in self._value.area_names
            if all(pair.is_same for place in self._value.places for pair in place.areas if pair.area == area)
        ]
        if areas:
            yield f"The same in {', '.join(areas)}.  A row for each resource: -o wide"

    def _both(self) -> bool:
        pairs = [*self._value.pairs]
        return any(p.has_more for p in pairs) and any(p.mirrored().has_more for p in pairs)

    def _rows(self) -> Iterator[Row]:
        for place in self._value.places:
            if self._is_brief:
                yield from ((self._place(place), *cells) for cells in self._areas(place))
            else:
                yield from self._resources(place)

    def _folded(self) -> Iterator[Row]:
        """Yield the rows of all places, those of places with equal rows once."""
        alike: dict[tuple[tuple[Text, ...], ...], list[str]] = {}
        for place in self._value.places:
            if rows := tuple(self._areas(place)):
                alike.setdefault(rows, []).append(self._place(place))
        for rows, places in alike.items():
            yield from ((few(filter(None, places)), *cells) for cells in rows)

    def _place(self, place: PlacePair) -> str:
        """Return the name of the place; "" if there is only one."""
        if place.namespace:
            return "" if len(self._value.places) == 1 else part(place.namespace)
        return CLUSTER_SCOPED if place.is_scoped else EVERYWHERE

    def _areas(self, place: PlacePair) -> Iterator[tuple[Text, ...]]:
        """Yield the cells of each area in which the two differ."""
        for area in place.areas:
            if not area.is_same:
                first, second = area.levels
                yield (area.area, "", "", _level(first), _level(second), *_only(area))

    def _resources(self, place: PlacePair) -> Iterator[Row]:
        resources = [pair.first.resource for area in place.areas for pair in area.pairs]
        where = part(place.namespace) if place.namespace else self._place(place)
        for area in place.areas:
            for pair in area.pairs:
                resource = pair.first.resource
                if self._hides and not (_is_anything(pair.first) or _is_anything(pair.second)):
                    continue
                via = resource.via.value if is_on_two_planes(resource, resources) else ""
                yield (
                    where, area.area, shown(short_name(resource, resources)), via,
                    _verbs(pair.first), _verbs(pair.second), only_text(pair), only_text(pair.mirrored()),
                )  # fmt: skip


def _only(area: AreaPair) -> tuple[str, str]:
    return more_text(area), more_text(area.mirrored())


def _level(level: AreaLevel | None) -> Text:
    return toned(level.word)._replace(text=str(level)) if level else ""


def _is_anything(cell: Cell) -> bool:
    return bool(cell.allowed or cell.unknown or cell.names)


def _verbs(cell: Cell) -> str:
    """Return the verbs that a subject is allowed: `all`, `-`, or the verbs, each with a `?` if not known."""
    if set(cell.allowed) == set(cell.resource.verbs):
        return "all"
    known = (part(verb, " ,") for verb in cell.allowed)
    return ",".join((*known, *(f"{part(verb, ' ,')}?" for verb in cell.unknown))) or NOTHING


def _names(value: Comparison) -> Iterator[str]:
    """Yield the namespaces in which the two differ."""
    for place in value.places:
        if place.namespace and not all(area.is_same for area in place.areas):
            yield f"namespace/{shown(place.namespace)}"


def _items(value: Comparison, options: Options) -> Iterator[Data]:
    for place in value.places:
        for area in place.areas:
            for pair in area.pairs:
                if _is_anything(pair.first) or _is_anything(pair.second) or not options.hide_empty:
                    yield _item(pair, area.area)


def _item(pair: CellPair, area: str) -> Data:
    resource, other = pair.first.resource, pair.mirrored()
    granted = (*pair.first.allowed, *pair.second.allowed, *pair.unknown)
    return {
        "namespace": pair.first.namespace,
        "area": area,
        "group": resource.group,
        "resource": resource.resource,
        "subresource": resource.subresource,
        "via": resource.via.value,
        "both": list(pair.both),
        "onlySubject": list(pair.only),
        "onlyCompared": list(other.only),
        "neither": [verb for verb in resource.verbs if verb not in granted],
        "unknown": list(pair.unknown),
        "onlySubjectNames": {verb: list(every) for verb, every in pair.only_names},
        "onlyComparedNames": {verb: list(every) for verb, every in other.only_names},
    }
