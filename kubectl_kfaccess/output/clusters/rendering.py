"""The text about several clusters: one table, or a part for each below its name. Equal parts are one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.output.clusters.merged_report import is_one_table
from kubectl_kfaccess.output.clusters.part import ClusterPart, reports_of
from kubectl_kfaccess.output.colors import BOLD, painted
from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.formats.registry import REGISTRY, rendered
from kubectl_kfaccess.output.style import Style
from kubectl_kfaccess.terminal.safe_text import listed, markdown_cell
from kubectl_kfaccess.terminal.wrapping import hanging

MARKDOWN = "markdown"


def rendered_clusters(
    response: Response, parts: Sequence[ClusterPart], form: str, style: Style
) -> Iterator[str]:
    """Yield the text in the format *form*. Raises UsageError if it sorts by a column that does not exist."""
    if not has_parts(parts, form):
        yield from rendered(response, form, style)
        return
    yield from rendered(Response(response.report._replace(table=None)), form, style._replace(sort_by=""))
    clusters: dict[str, list[str]] = {}
    for cluster, report in reports_of(parts):
        text = "".join(rendered(Response(report._replace(comment="")), form, style))
        clusters.setdefault(text, []).append(cluster)
    for text, names in clusters.items():
        yield f"\n{_heading(names, form, style)}\n{text}"


def has_parts(parts: Sequence[ClusterPart], form: str) -> bool:
    """Whether the text has a part for each cluster: people read it, and one table cannot say all."""
    return REGISTRY[form].in_parts and bool(reports_of(parts)) and not is_one_table(parts)


def _heading(clusters: Sequence[str], form: str, style: Style) -> str:
    """Return the line above what *clusters* answer: all of them say the same."""
    names = ", ".join(map(listed, clusters))
    if form == MARKDOWN:
        return f"## {markdown_cell(names)}\n"
    lines = hanging(f"CLUSTER {names}" if len(clusters) == 1 else f"CLUSTERS {names}", style.columns)
    return "\n".join(painted(text, BOLD if style.color else "") for text in lines)
