"""The answer of `access` as a report: a row per namespace, or per resource where only one is asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from kubectl_kfaccess.output.blocks import Column, Section, Sentence, Table, Text
from kubectl_kfaccess.output.rbac_terms import toned, who_data
from kubectl_kfaccess.output.report import Data, Report, Response
from kubectl_kfaccess.rbac.access_grid import CLUSTER, Cell, Topic, verdict
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import Who
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.rbac.subjects import spelled
from kubectl_kfaccess.terminal.safe_text import part, shown

FEW = 3
EVERYWHERE = "<all>"
CLUSTER_SCOPED = "<cluster>"
PLAIN_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete")
SHORT = {
    "serving": "serv",
    "pipelines": "pipes",
    "notebooks": "notes",
    "training": "train",
    "storage": "store",
    "secrets": "secr",
    "identity": "ident",
}
MARKS = {Verdict.ALLOWED: "yes", Verdict.DENIED: "-", Verdict.UNKNOWN: "?"}

Level = Callable[[Cell], str]
AreaLevel = Callable[[Sequence[Cell]], str]


class Row(Struct, frozen=True):
    """The cells of one namespace; *mesh* and *verified* are what the mesh and the server say, if asked."""

    namespace: str
    cells: tuple[Cell, ...]
    mesh: str = ""
    verified: str = ""


class Access(Struct, frozen=True):
    """Everything that the report says; *level* and *area_level* put cells into words."""

    who: Who
    topics: tuple[Topic, ...]
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...]
    level: Level
    area_level: AreaLevel
    by_resource: bool = False
    fold: bool = True
    hide_empty: bool = False
    verified: Mapping[tuple[str, Topic], bool | None] | None = None

    def report(self) -> Response:
        """Return the report; machine formats never fold."""
        table = Table(self._columns(), self._sections, lambda: self._sections(fold=False))
        report = Report(
            kind="Access",
            blocks=(Sentence(self._title()), table),
            table=table,
            head=lambda: {"subject": who_data(self.who)},
            items=self._items,
            names=self._names,
        )
        return Response(report, self.gaps, self.notes)

    def _title(self) -> str:
        """Whom the table is about, and how much of what was asked about is granted at all."""
        name = shown(spelled(self.who.subject).removeprefix("user:")) + (" (you)" if self.who.myself else "")
        places = [row for row in self.rows if row.namespace]
        if self.by_resource and len(places) == 1:
            cells = [cell for row in self.rows for cell in row.cells]
            where = f" in namespace {shown(places[0].namespace)}"
            return f"{name}{where}: {_part_of([(cell,) for cell in cells], 'resource')}"
        return f"{name}: {_part_of([row.cells for row in places], 'namespace')}"

    def _areas(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(topic.area for topic in self.topics))

    def _columns(self) -> tuple[Column, ...]:
        if self.by_resource:
            special = Column("OTHER", optional=True)
            verbs = tuple(Column(verb.upper()) for verb in self._plain_verbs())
            tail = (Column("MESH", wide=True, optional=True), Column("VERIFIED", optional=True))
            head = (Column("NAMESPACE", optional=True), Column("RESOURCE"), Column("VIA", optional=True))
            return (*head, *verbs, special, Column("NAMES", optional=True), *tail)
        return (
            Column("NAMESPACE"),
            *(
                Column(area.upper(), narrow=True, short=SHORT.get(area, area).upper())
                for area in self._areas()
            ),
            *(Column(header, wide=True) for header in self._headers()),
            Column("MESH", wide=True, optional=True),
            Column("VERIFIED", optional=True),
        )

    def _headers(self) -> Iterator[str]:
        """The wide columns' headers: a resource's name, with its group where two have the same."""
        names = [topic.name for topic in self.topics]
        for topic in self.topics:
            name = topic.name if names.count(topic.name) == 1 else topic.full_name
            twice = sum(one.full_name == topic.full_name for one in self.topics) > 1
            yield shown(f"{name} ({topic.via.value})" if twice else name).upper()

    def _plain_verbs(self) -> tuple[str, ...]:
        asked = {verb for topic in self.topics for verb in topic.verbs}
        return tuple(verb for verb in PLAIN_VERBS if verb in asked)

    def _names(self) -> Iterable[str]:
        """The namespaces in which there is anything that the subject may do."""
        return (
            f"namespace/{shown(row.namespace)}"
            for row in self.rows
            if row.namespace and any(cell.allowed or cell.names for cell in row.cells)
        )

    def _sections(self, *, fold: bool = True) -> tuple[Section, ...]:
        if self.by_resource:
            several = len(self.rows) > 1 or not fold
            return (Section("", [row for one in self.rows for row in self._resource_rows(one, several)]),)
        return (Section("", list(self._namespace_rows(fold=fold and self.fold))),)

    def _namespace_rows(self, *, fold: bool) -> Iterator[tuple[Text, ...]]:
        """A row per namespace; with *fold*, equal ones become one, which names the first of them."""
        made = [(row, self._words(row)) for row in self._shown_rows()]
        if not fold:
            yield from ((self._place(row), *words) for row, words in made)
            return
        alike: dict[tuple[bool, tuple[Text, ...]], list[Row]] = {}
        for row, words in made:
            alike.setdefault((row.namespace == CLUSTER, words), []).append(row)
        for (_, words), rows in alike.items():
            yield (self._places(rows), *words)

    def _places(self, rows: Sequence[Row]) -> str:
        """The names of a few namespaces, or the first of many and how many more there are."""
        if len(rows) <= FEW:
            return ", ".join(self._place(row) for row in rows)
        return f"{self._place(rows[0])} and {len(rows) - 1:,} more like it"

    def _shown_rows(self) -> Iterator[Row]:
        """The rows worth a line: cluster-wide ones only when something is granted there."""
        everywhere = self._everywhere()
        for row in self.rows:
            if row.namespace and everywhere and self._granted(row) == everywhere:
                continue  # said once, by the row of the whole cluster
            if row.namespace == CLUSTER:
                for scoped in (True, False):
                    cells = tuple(cell for cell in row.cells if cell.topic.namespaced is scoped)
                    if cells and (not scoped or not _is_empty(cells)):
                        yield Row(row.namespace, cells, "", row.verified)
            elif not (self.hide_empty and _is_empty(row.cells)):
                yield row

    def _everywhere(self) -> tuple[object, ...]:
        """What is granted in the whole cluster, () when nothing is."""
        rows = [row for row in self.rows if row.namespace == CLUSTER]
        cells = tuple(cell for row in rows for cell in row.cells if cell.topic.namespaced)
        return () if _is_empty(cells) or not self.fold else _contents(cells)

    def _granted(self, row: Row) -> tuple[object, ...]:
        return _contents(cell for cell in row.cells if cell.topic.namespaced)

    def as_everywhere(self) -> int:
        """Return how many namespaces have no row of their own: they grant nothing beyond the cluster's."""
        everywhere = self._everywhere()
        if not everywhere or self.by_resource:
            return 0
        return sum(self._granted(row) == everywhere for row in self.rows if row.namespace)

    def _place(self, row: Row) -> str:
        if row.namespace:
            return shown(row.namespace)
        return EVERYWHERE if row.cells[0].topic.namespaced else CLUSTER_SCOPED

    def _words(self, row: Row) -> tuple[Text, ...]:
        by_topic = {cell.topic: cell for cell in row.cells}
        areas = (
            self.area_level([c for c in row.cells if c.topic.area == area]) or "" for area in self._areas()
        )
        resources = (self.level(by_topic[topic]) if topic in by_topic else "" for topic in self.topics)
        return (*map(toned, areas), *map(toned, resources), row.mesh, row.verified)

    def _resource_rows(self, row: Row, several: bool) -> Iterator[tuple[Text, ...]]:
        """A row for each resource, with its place where there are *several*, or a machine reads it."""
        names = [cell.topic.name for cell in row.cells]
        for cell in row.cells:
            if self.hide_empty and _is_empty((cell,)):
                continue
            topic = cell.topic
            name = shown(topic.name if names.count(topic.name) == 1 else topic.full_name)
            twice = sum(one.topic.full_name == topic.full_name for one in row.cells) > 1
            yield (
                self._place(Row(row.namespace, (cell,))) if several else "",
                name,
                topic.via.value if twice else "",
                *(toned(_mark(cell, verb)) for verb in self._plain_verbs()),
                _others(cell),
                _names(cell),
                row.mesh,
                self._verified_mark(cell),
            )

    def _verified_mark(self, cell: Cell) -> str:
        if self.verified is None:
            return ""
        return verified_mark(self.verified.get((cell.namespace, cell.topic)))

    def _items(self) -> Iterable[Data]:
        return (self._item(cell) for row in self.rows for cell in row.cells if self._is_told(cell))

    def _is_told(self, cell: Cell) -> bool:
        return not (self.hide_empty and _is_empty((cell,)))

    def _item(self, cell: Cell) -> Data:
        data: dict[str, Any] = {
            "namespace": cell.namespace,
            "group": cell.topic.group,
            "resource": cell.topic.resource,
            "subresource": cell.topic.subresource,
            "via": cell.topic.via.value,
            "allowed": list(cell.allowed),
            "denied": list(cell.denied),
            "unknown": list(cell.unknown),
            "allowedNames": {verb: list(names) for verb, names in cell.names},
        }
        if self.verified is not None:
            data["verified"] = self.verified.get((cell.namespace, cell.topic))
        return data


def verified_mark(verified: bool | None) -> str:
    """Return the cell of a VERIFIED column: the server agrees, disagrees, or was not asked or silent."""
    return "?" if verified is None else "yes" if verified else "no"


def _part_of(every: Sequence[Sequence[Cell]], noun: str) -> str:
    """In how many of these something is granted, which is `at least` so many where something is unknown."""
    touched = sum(any(cell.allowed or cell.names for cell in cells) for cells in every)
    unknown = "at least " if any(cell.unknown for cells in every for cell in cells) else ""
    plural = noun if len(every) == 1 else f"{noun}s"
    if not touched and not unknown:
        return f"nothing in {len(every):,} {plural}" if noun == "namespace" else "nothing"
    return f"{'something in ' if noun == 'namespace' else ''}{unknown}{touched:,} of {len(every):,} {plural}"


def _contents(cells: Iterable[Cell]) -> tuple[object, ...]:
    return tuple((cell.topic, cell.allowed, cell.unknown, cell.names) for cell in cells)


def _is_empty(cells: Iterable[Cell]) -> bool:
    return not any(cell.allowed or cell.unknown or cell.names for cell in cells)


def _mark(cell: Cell, verb: str) -> str:
    """`yes`, `-` or `?`; `n` for certain names only; nothing where the verb is not asked about."""
    if verb not in cell.topic.verbs:
        return ""
    return "n" if _is_named(cell, verb) else MARKS[verdict(cell, verb)]


def _others(cell: Cell) -> str:
    """The verbs that have no column of their own, written out: those that are granted, or not known."""
    others = [verb for verb in cell.topic.verbs if verb not in PLAIN_VERBS]
    words = []
    for verb in others:
        mark = _mark(cell, verb)
        if mark != "-":
            words.append(part(verb, " ,") + {"yes": "", "?": "?", "n": "(n)"}[mark])
    return ",".join(words) if words else "-" if others else ""


def _is_named(cell: Cell, verb: str) -> bool:
    return verb not in cell.allowed and any(verb == named for named, _ in cell.names)


def _names(cell: Cell) -> str:
    return "; ".join(
        f"{part(verb, ' :;')}: {', '.join(part(name, ' ,;') for name in names)}" for verb, names in cell.names
    )
