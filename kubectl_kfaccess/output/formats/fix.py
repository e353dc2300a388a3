"""Format `fix`: YAML to apply, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.output.style import Format, Style

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response


def render(response: Response, _style: Style) -> Iterator[str]:
    """Yield the fix; nothing if the report has none."""
    if response.report.fix:
        yield from response.report.fix.pieces


FORMATS = (Format("fix", "YAML to apply", "yaml", render),)
