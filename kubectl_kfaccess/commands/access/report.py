"""The report of `access`: a grid of namespaces and areas, or of resources and verbs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.commands.access.access import Access
from kubectl_kfaccess.commands.access.arguments import KIND, Options
from kubectl_kfaccess.commands.access.cells import is_empty
from kubectl_kfaccess.commands.access.comparison import Comparison
from kubectl_kfaccess.commands.access.comparison_report import comparison_report
from kubectl_kfaccess.commands.access.indirect_text import hint, way_blocks
from kubectl_kfaccess.commands.access.namespace_rows import NamespaceRows
from kubectl_kfaccess.commands.access.references import References
from kubectl_kfaccess.commands.access.references_report import references_report
from kubectl_kfaccess.commands.access.resource_rows import ResourceRows
from kubectl_kfaccess.commands.access.sentences import headline, legend
from kubectl_kfaccess.commands.access.table import AccessTable
from kubectl_kfaccess.commands.access.table_lines import CSV, JSON, csv_header, lines_of
from kubectl_kfaccess.kubeflow.planes.installed_services import installed_services
from kubectl_kfaccess.output.blocks import Headline, Notes, Table
from kubectl_kfaccess.output.mesh_text import settings_block
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.output.shapes import who_data
from kubectl_kfaccess.output.steps import step_data
from kubectl_kfaccess.output.tried_text import tried_lines
from kubectl_kfaccess.rbac.access_grid import Cell
from kubectl_kfaccess.terminal.safe_text import shown

_Rows = NamespaceRows | ResourceRows


def report(value: Access | References | Comparison | AccessTable, options: Options) -> Report:
    """Return the report; rows and machine items are made when a format asks for them."""
    if isinstance(value, AccessTable):
        return _table_report(value)
    if isinstance(value, References):
        return references_report(value)
    if isinstance(value, Comparison):
        return comparison_report(value, options)
    by_resource = options.names_one_namespace or options.resources is not None
    whole = value.with_steps()
    rows: _Rows = ResourceRows(whole, options) if by_resource else NamespaceRows(whole, options)
    hides_empty = options.hide_empty or bool(value.tried)
    is_empty_table = hides_empty and all(is_empty(place.cells) for place in whole.places)
    table = Table(rows.columns(), rows.sections, rows.unfolded)
    tried = tuple(tried_lines(value.tried))
    return Report(
        kind=KIND,
        blocks=(
            Headline(headline(whole, by_resource=by_resource), piped=is_empty_table),
            table,
            *((Notes(lines),) if (lines := (*_lines_below(rows, options), *hint(value))) else ()),
            *way_blocks(value, wide=options.output.format == "wide"),
            *((Notes(tried),) if tried else ()),
            *((settings_block(value.settings),) if value.settings else ()),
        ),
        table=table,
        head=lambda: {"subject": who_data(value.who), **_paths_data(value)},
        items=lambda: _items(value, options),
        names=lambda: _names(value),
        remarks=tuple(rows.remarks()),
        notes_in_blocks=tried,
    )


def _table_report(value: AccessTable) -> Report:
    """Return the access table, which only formats of lines can hold."""

    def csv_lines(headers: bool) -> Iterator[str]:
        yield csv_header() if headers else ""
        yield from lines_of(value, CSV)

    return Report(KIND, json_lines=lambda: lines_of(value, JSON), csv_lines=csv_lines)


def _lines_below(rows: _Rows, options: Options) -> Iterator[str]:
    """Yield the lines below the table: what its words and columns stand for."""
    if options.output.format == "wide":
        return
    yield from legend(rows.levels())
    if isinstance(rows, ResourceRows):
        yield "READ is get, list, watch; WRITE is create, update, patch.  A column for each verb: -o wide"


def _names(value: Access) -> Iterator[str]:
    """Yield the namespaces in which anything is granted."""
    for place in value.places:
        if place.namespace and any(cell.allowed or cell.names for cell in place.cells):
            yield f"namespace/{shown(place.namespace)}"


def _paths_data(value: Access) -> Data:
    """Return the ways that `--indirect` follows, each as its steps."""
    if value.indirect is None:
        return {}
    snapshot = value.indirect.escalation.facts.snapshot
    paths = value.indirect.grid.paths
    services = installed_services(snapshot)
    return {"paths": [[step_data(step, snapshot, services) for step in path.steps] for path in paths]}


def _items(value: Access, options: Options) -> Iterable[Data]:
    cells = (cell for place in value.places for cell in place.cells)
    return (_item(value, cell) for cell in cells if not (options.hide_empty and is_empty((cell,))))


def _item(value: Access, cell: Cell) -> Data:
    resource = cell.resource
    data: Data = {
        "namespace": cell.namespace,
        "group": resource.group,
        "resource": resource.resource,
        "subresource": resource.subresource,
        "via": resource.via.value,
        "allowed": list(cell.allowed),
        "denied": list(cell.denied),
        "unknown": list(cell.unknown),
        "allowedNames": {verb: list(names) for verb, names in cell.names},
        "unsentNames": {verb: list(names) for verb, names in cell.unsent},
    }
    if value.indirect:
        data["indirect"] = dict(value.indirect.grid.of(cell))
    if value.verified:
        data["verified"] = value.verified.by_resource.get((cell.namespace, resource))
    return data
