"""Format `accept`: entries for a file of `--accept`, whose reasons are still to be written."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.accepted import SharingPattern, pattern_fields
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.style import Format, Style
from kubectl_kfaccess.output.yaml_text import document_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response

HEAD = "# Every entry needs a reason. `by: NAME` and `until: YYYY-MM-DD` can be added.\n"


def render(response: Response, _style: Style) -> Iterator[str]:
    """Yield one YAML document with an entry for each thing that is not accepted yet."""
    patterns = tuple(dict.fromkeys(response.report.acceptable()))
    shares = [each for each in patterns if isinstance(each, SharingPattern)]
    others = [each for each in patterns if not isinstance(each, SharingPattern)]
    sections: Data = {"accept": [{**pattern_fields(each), "reason": ""} for each in others]}
    if shares:
        sections["sharing"] = [{**pattern_fields(each), "reason": ""} for each in shares]
    yield f"{HEAD if patterns else ''}{document_text(sections)}"


FORMATS = (Format("accept", "entries for a file of --accept", "yaml", render),)
