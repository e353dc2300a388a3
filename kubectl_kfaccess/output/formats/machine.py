"""Formats `json`, `jsonl` and `name`: the answer as data, in the envelope that all commands share."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kubectl_kfaccess.output.style import Format, Style

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response


def render_json(response: Response, _style: Style) -> Iterator[str]:
    """Yield one JSON document."""
    yield json.dumps(response.document(), indent=2) + "\n"


def render_json_lines(response: Response, _style: Style) -> Iterator[str]:
    """Yield one line of JSON per item; if there are errors, the last line is the whole document."""
    lines, items = response.report.json_lines, response.report.items
    yield from lines() if lines else (json.dumps(item) + "\n" for item in items())
    if response.errors:
        yield json.dumps(response.document()) + "\n"


def render_names(response: Response, _style: Style) -> Iterator[str]:
    """Yield `KIND/NAME` lines."""
    yield "".join(f"{name}\n" for name in response.report.names())


FORMATS = (
    Format("json", "one JSON document", "json", render_json),
    Format("jsonl", "JSON, one item a line", "jsonl", render_json_lines),
    Format("name", "names only", "txt", render_names),
)
