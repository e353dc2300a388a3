"""The report of `access`: a grid of namespaces and areas, or of resources and verbs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.access.answer import Access
from kubectl_kfaccess.commands.access.arguments import KIND, Options
from kubectl_kfaccess.commands.access.cells import is_empty
from kubectl_kfaccess.commands.access.namespace_rows import NamespaceRows
from kubectl_kfaccess.commands.access.references import References
from kubectl_kfaccess.commands.access.references_report import references_report
from kubectl_kfaccess.commands.access.resource_rows import ResourceRows
from kubectl_kfaccess.output.blocks import Sentence, Table
from kubectl_kfaccess.output.mesh_text import settings_block
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.output.shapes import who_data
from kubectl_kfaccess.rbac.access_grid import Cell
from kubectl_kfaccess.rbac.subjects import spelled
from kubectl_kfaccess.terminal.safe_text import shown

_Rows = NamespaceRows | ResourceRows


def report(value: Access | References, options: Options) -> Report:
    """Return the report; rows and machine items are made when a format asks for them."""
    if isinstance(value, References):
        return references_report(value)
    by_resource = options.names_one_namespace or options.resources is not None
    rows: _Rows = ResourceRows(value, options) if by_resource else NamespaceRows(value, options)
    table = Table(rows.columns(), rows.sections, rows.unfolded)
    return Report(
        kind=KIND,
        blocks=(
            Sentence(_title(value, by_resource=by_resource)),
            table,
            *((settings_block(value.settings),) if value.settings else ()),
        ),
        table=table,
        head=lambda: {"subject": who_data(value.who)},
        items=lambda: _items(value, options),
        names=lambda: _names(value),
        remarks=tuple(rows.remarks()),
    )


def _title(value: Access, *, by_resource: bool) -> str:
    """Return the subject of the table, and in how many namespaces or resources anything is granted."""
    who = value.who
    name = shown(spelled(who.subject).removeprefix("user:")) + (" (you)" if who.is_caller else "")
    namespaces = [place for place in value.places if place.namespace]
    if by_resource and len(namespaces) == 1:
        cells = [(cell,) for place in value.places for cell in place.cells]
        return f"{name} in namespace {shown(namespaces[0].namespace)}: {_granted_resources(cells)}"
    return f"{name}: {_granted_namespaces([place.cells for place in namespaces])}"


def _granted_resources(groups: Sequence[Sequence[Cell]]) -> str:
    return _share(groups, "resource") or "nothing"


def _granted_namespaces(groups: Sequence[Sequence[Cell]]) -> str:
    share = _share(groups, "namespace")
    return f"something in {share}" if share else f"nothing in {len(groups):,} {_plural('namespace', groups)}"


def _share(groups: Sequence[Sequence[Cell]], noun: str) -> str:
    """Return in how many of *groups* anything is granted ("at least" if any is unknown); "" for none."""
    granted = sum(any(cell.allowed or cell.names for cell in cells) for cells in groups)
    is_open = any(cell.unknown for cells in groups for cell in cells)
    if not granted and not is_open:
        return ""
    return f"{'at least ' if is_open else ''}{granted:,} of {len(groups):,} {_plural(noun, groups)}"


def _plural(noun: str, groups: Sequence[object]) -> str:
    return noun if len(groups) == 1 else f"{noun}s"


def _names(value: Access) -> Iterator[str]:
    """Yield the namespaces in which anything is granted."""
    for place in value.places:
        if place.namespace and any(cell.allowed or cell.names for cell in place.cells):
            yield f"namespace/{shown(place.namespace)}"


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
    if value.verified:
        data["verified"] = value.verified.by_resource.get((cell.namespace, resource))
    return data
