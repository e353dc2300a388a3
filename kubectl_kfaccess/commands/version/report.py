"""The report of `version`."""

from __future__ import annotations

from kubectl_kfaccess.commands.version.arguments import KIND
from kubectl_kfaccess.output.blocks import Column, Paragraph, Section, Table
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.terminal.safe_text import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.commands.version.answer import ComponentVersion
    from kubectl_kfaccess.commands.version.arguments import Options

COLUMNS = (Column("COMPONENT"), Column("VERSION"))


def report(value: tuple[ComponentVersion, ...], options: Options) -> Report:
    """Return the report; without a server it consists of lines, which need no slow imports."""
    table = Table(COLUMNS, lambda: (Section("", [(name, shown(version)) for name, version in value]),))
    return Report(
        kind=KIND,
        blocks=(table,) if options.source else (_lines(value, headers=options.output.headers),),
        table=table,
        items=lambda: ({"component": name, "version": version} for name, version in value),
    )


def _lines(value: tuple[ComponentVersion, ...], *, headers: bool) -> Paragraph:
    header = [(COLUMNS[0].header, COLUMNS[1].header)] if headers else []
    return Paragraph(tuple(f"{name:9}   {version}" for name, version in (*header, *value)))
