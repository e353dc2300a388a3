"""Format `yaml`: the answer as data, in the envelope that all commands share."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.output.style import Format, Style
from kubectl_kfaccess.output.yaml_text import document_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response


def render(response: Response, _style: Style) -> Iterator[str]:
    """Yield one YAML document."""
    yield document_text(response.document())


FORMATS = (Format("yaml", "one YAML document", "yaml", render),)
