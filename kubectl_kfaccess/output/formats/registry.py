"""The list of all formats. The module of a format is imported when the format is used."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response
    from kubectl_kfaccess.output.report import Report
    from kubectl_kfaccess.output.style import Format, Style


class Entry(NamedTuple):
    """
    The module of this folder whose FORMATS hold the format, and whether every command has it.

    What several clusters answer is one document, or is *in_parts*, one for each. Some formats show
    *one_cluster* only.
    """

    module: str
    for_all: bool = False
    in_parts: bool = False
    one_cluster: bool = False


REGISTRY = {
    "table": Entry("tables", for_all=True, in_parts=True),
    "wide": Entry("tables", for_all=True, in_parts=True),
    "json": Entry("machine", for_all=True),
    "yaml": Entry("yaml", for_all=True),
    "name": Entry("machine", for_all=True),
    "csv": Entry("csv", for_all=True),
    "markdown": Entry("markdown", for_all=True, in_parts=True),
    "jsonl": Entry("machine"),
    "junit": Entry("junit"),
    "sarif": Entry("sarif"),
    "gitlab": Entry("gitlab"),
    "openreports": Entry("openreports", one_cluster=True),
    "tree": Entry("graphs", in_parts=True),
    "dot": Entry("graphs", one_cluster=True),
    "mermaid": Entry("graphs", one_cluster=True),
    "fix": Entry("fix"),
    "accept": Entry("accept"),
    "html": Entry("html", one_cluster=True),
}
"""The formats by name, in the order of the help text."""
FOR_ALL = tuple(name for name, entry in REGISTRY.items() if entry.for_all)
FOR_PEOPLE = ("table", "wide")
"""The formats whose stdout is a table alone when it is piped, so that the lines around it go elsewhere."""
MACHINE = frozenset(("json", "yaml", "jsonl", "sarif", "gitlab"))
"""The formats in which errors are part of the answer on stdout."""


def format_named(name: str) -> Format:
    """Return the format *name*, which must be a key of REGISTRY."""
    module = importlib.import_module(f"kubectl_kfaccess.output.formats.{REGISTRY[name].module}")
    formats: tuple[Format, ...] = module.FORMATS
    return next(form for form in formats if form.name == name)


def rendered(response: Response, name: str, style: Style) -> Iterator[str]:
    """
    Yield the text of *response* in the format *name*, in pieces.

    Raises UsageError if *style* sorts by a column that the report's table does not have.
    """
    _check_sorting(response.report, style)
    return format_named(name).render(response, style)


def _check_sorting(report: Report, style: Style) -> None:
    columns = report.table.columns if report.table else ()
    headers = [column.header.lower() for column in columns if not column.gutter]
    if style.sort_by and style.sort_by.lower() not in headers:
        hint = f"one of {', '.join(headers)}" if headers else ""
        raise UsageError(f"cannot sort by `{style.sort_by}`: no such column", hint=hint)
