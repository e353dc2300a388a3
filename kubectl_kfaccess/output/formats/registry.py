"""The formats: an explicit table, each format in a module of its own that is imported when it is used."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from kubectl_kfaccess.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.report import Report, Response
    from kubectl_kfaccess.output.style import Format, Style

MODULES = {
    "table": "tables",
    "wide": "tables",
    "json": "machine",
    "yaml": "machine",
    "jsonl": "machine",
    "name": "machine",
    "csv": "csv",
    "markdown": "markdown",
    "junit": "junit",
    "tree": "graphs",
    "dot": "graphs",
    "mermaid": "graphs",
    "fix": "fix",
}
"""The name of each format, and the module beside this one whose FORMATS describe it."""
MACHINE = frozenset(("json", "yaml", "jsonl"))
"""The formats in which an error is part of the answer."""


def format_named(name: str) -> Format:
    """Return the format of that name."""
    module = importlib.import_module(f"kubectl_kfaccess.output.formats.{MODULES[name]}")
    formats: tuple[Format, ...] = module.FORMATS
    return next(form for form in formats if form.name == name)


def rendered(response: Response, name: str, style: Style) -> Iterator[str]:
    """
    Yield the text of *response* in the format of that name, in pieces.

    Raises UsageError when *style* sorts by a column that the report's table does not have.
    """
    _check_sorting(response.report, style)
    return format_named(name).render(response, style)


def _check_sorting(report: Report, style: Style) -> None:
    headers = [column.header.lower() for column in report.table.columns] if report.table else []
    if style.sort_by and style.sort_by.lower() not in headers:
        known = f"one of {', '.join(headers)}" if headers else ""
        raise UsageError(f"cannot sort by `{style.sort_by}`: no such column", hint=known)
