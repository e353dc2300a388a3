"""
The lines of the access table, as JSON and as CSV.

A line is put together from four texts, of which each is made once for all lines that share it: where it is
(subject and namespace), what is allowed (the same for all subjects with the same roles), which bindings grant
it, and the path of aggregation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Protocol

from kubectl_kfaccess.commands.access.cells import EVERYWHERE, NAMED, names_text
from kubectl_kfaccess.commands.access.shared_rights import MOST_REMEMBERED, Right, Rights
from kubectl_kfaccess.commands.access.table import AccessTable, Part
from kubectl_kfaccess.kubeflow.catalogue.levels import NOTHING, UNKNOWN, area_level
from kubectl_kfaccess.output.formats.csv import safe_cell
from kubectl_kfaccess.output.rbac_terms import path_text, reference_text
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import object_data, role_of_binding_data, subject_data
from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.rbac.subjects import GROUP
from kubectl_kfaccess.terminal.safe_text import forget_names, listed, part, shown

ACCESS_WORDS = {NOTHING: "some", NAMED: "named", UNKNOWN: "unknown"}
"""What `access` says where a cell of the grid has a mark."""


class Form(Protocol):
    """How the four parts of a line are written, each with what separates it from the next."""

    def where(self, table: AccessTable, rows: Part) -> str:
        """Return where a line is."""

    def what(self, right: Right, level: str) -> str:
        """Return what is allowed, and the level in the whole namespace."""

    def by(self, rows: Part, positions: tuple[int, ...]) -> str:
        """Return the relation, and the bindings at *positions*."""

    def path(self, right: Right) -> str:
        """Return the path of aggregation, and the end of the line."""


_Pieces = tuple[list[tuple[str, int, str]], list[tuple[int, ...]]]
"""For each line the texts that do not depend on the subject, and which positions stand between them."""


_PARTS_WITH_NAMES = 500
"""After how many parts the texts of their names are forgotten, which would grow with the lines."""


def lines_of(table: AccessTable, form: Form) -> Iterator[str]:
    """Yield the lines, those of a subject in a namespace at once."""
    # The key is kept as long as the entry, so no other rights can have its identity
    known: dict[Rights, _Pieces] = {}
    for number, rows in enumerate(table.parts()):
        if number % _PARTS_WITH_NAMES == 0:
            forget_names()
        pieces = known.get(rows.rights)
        if pieces is None:
            if len(known) >= MOST_REMEMBERED:
                known.clear()
            pieces = known[rows.rights] = _pieces(rows.rights, form)
        texts, positions = pieces
        where = form.where(table, rows)
        by = [form.by(rows, each) for each in positions]
        yield "".join([f"{where}{what}{by[at]}{path}" for what, at, path in texts])


def _pieces(rights: Rights, form: Form) -> _Pieces:
    positions = list(dict.fromkeys(right.by for right in rights.rows))
    at = {each: number for number, each in enumerate(positions)}
    level = rights.level.value
    return [(form.what(right, level), at[right.by], form.path(right)) for right in rights.rows], positions


def _word(right: Right) -> str:
    """Return how much of the resource is allowed: `read`, `write`, `all`, `some`, `named` or `unknown`."""
    level = area_level((right.cell,))
    word = level.word if level else NOTHING
    return ACCESS_WORDS.get(word, word)


def _bindings(rows: Part, positions: tuple[int, ...]) -> tuple[Binding, ...]:
    """Return the bindings at *positions*, each once: two names of a subject can be in the same."""
    return tuple({rows.bound[at][1].key: rows.bound[at][1] for at in positions}.values())


def _through(rows: Part, positions: tuple[int, ...]) -> str:
    """Return the group by which the first binding counts for a user or an account; "" if it names them."""
    name = rows.bound[positions[0]][0] if positions else None
    return name.name if name and name.kind == GROUP and rows.who.subject.kind != GROUP else ""


def _is_shipped(rows: Part, positions: tuple[int, ...]) -> bool:
    return bool(positions) and all(rows.shipped[at] for at in positions)


class JsonLines:
    """A line is an object of JSON, as `schemas/AccessTable.json` describes it."""

    def where(self, table: AccessTable, rows: Part) -> str:
        """Return the cluster, the subject and the namespace."""
        subject = subject_data(rows.who.subject)
        return f"{{{_fields(cluster=table.cluster, subject=subject, namespace=rows.namespace)}, "

    def what(self, right: Right, level: str) -> str:
        """Return the resource, the verbs and the level."""
        cell, resource = right.cell, right.cell.resource
        fields = _fields(
            group=resource.group,
            resource=resource.resource,
            subresource=resource.subresource,
            area=resource.area,
            plane=resource.via.value,
            verbs=cell.allowed,
            unknown=cell.unknown,
            allowedNames=dict(cell.names),
            access=_word(right),
            level=level,
        )
        return f"{fields}, "

    def by(self, rows: Part, positions: tuple[int, ...]) -> str:
        """Return the relation, the first binding with its role, and the others."""
        first, *others = _bindings(rows, positions) or (None,)
        fields = _fields(
            relation=rows.relation.key,
            platform=_is_shipped(rows, positions),
            through=_through(rows, positions),
            binding=object_data(first) if first else None,
            role=role_of_binding_data(first) if first else None,
            alsoBy=[object_data(binding) for binding in others if binding],
        )
        return f"{fields}, "

    def path(self, right: Right) -> str:
        """Return the roles of the path."""
        return f"{_fields(path=right.path)}}}\n"


def _fields(**values: object) -> str:
    """Return keys and values as in the middle of a JSON object."""
    data: Data = values
    return json.dumps(data)[1:-1]


CSV_HEADERS = (
    "CLUSTER", "SUBJECT", "NAMESPACE", "AREA", "RESOURCE", "PLANE", "VERBS", "UNKNOWN", "NAMES", "ACCESS",
    "LEVEL", "RELATION", "PLATFORM", "THROUGH", "BINDING", "ROLE", "ALSO-BY", "PATH",
)  # fmt: skip


class CsvLines:
    """A line is a row of CSV_HEADERS, in which names are safe for a spreadsheet."""

    def where(self, table: AccessTable, rows: Part) -> str:
        """Return the cluster, the subject and the namespace, `<all>` for the whole cluster."""
        namespace = shown(rows.namespace) if rows.namespace else EVERYWHERE
        cluster = shown(table.cluster) if table.cluster else ""
        return _cells(cluster, reference_text(rows.who.subject), namespace)

    def what(self, right: Right, level: str) -> str:
        """Return the resource, the verbs and the level."""
        cell, resource = right.cell, right.cell.resource
        return _cells(
            resource.area,
            shown(resource.full_name),
            resource.via.value,
            _verbs(cell.allowed),
            _verbs(cell.unknown),
            names_text(cell) if cell.names else "",
            _word(right),
            level,
        )

    def by(self, rows: Part, positions: tuple[int, ...]) -> str:
        """Return the relation, the first binding with its role, and the others."""
        first, *others = _bindings(rows, positions) or (None,)
        through = _through(rows, positions)
        return _cells(
            rows.relation.value,
            "yes" if _is_shipped(rows, positions) else "no",
            shown(through) if through else "",
            _kind_and_name(first.kind, first.name) if first else "",
            _kind_and_name(first.role_ref.kind, first.role_ref.name) if first else "",
            ", ".join(listed(f"{binding.kind}/{binding.name}") for binding in others if binding),
        )

    def path(self, right: Right) -> str:
        """Return the roles of the path."""
        return f"{_cell(path_text(right.path))}\n"


def csv_header() -> str:
    """Return the header line of the CSV."""
    return ",".join(CSV_HEADERS) + "\n"


def _verbs(verbs: tuple[str, ...]) -> str:
    return ",".join(part(verb, " ,") for verb in verbs)


def _kind_and_name(kind: str, name: str) -> str:
    return f"{shown(kind)}/{part(name, '/')}"


def _cells(*texts: str) -> str:
    return "".join(f"{_cell(text)}," for text in texts)


def _cell(text: str) -> str:
    """Return a cell, quoted where the csv module quotes it as well."""
    safe = safe_cell(text)
    return f'"{safe.replace(chr(34), chr(34) * 2)}"' if _QUOTED.intersection(safe) else safe


_QUOTED = frozenset('",\r\n')

JSON, CSV = JsonLines(), CsvLines()
