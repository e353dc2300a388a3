"""How an answer is to look, and what a format is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response

    Renderer = Callable[[Response, "Style"], Iterator[str]]


class OutputChoice(NamedTuple):
    """What the output flags choose; *color* is auto, always or never."""

    format: str = "table"
    headers: bool = True
    sort_by: str = ""
    color: str = "auto"
    quiet: bool = False


class Style(NamedTuple):
    """How a table is to look: *columns* are the terminal's, 0 when nobody looks; *color* paints words."""

    headers: bool = True
    sort_by: str = ""
    columns: int = 0
    color: bool = False


class Format(NamedTuple):
    """A format: its name for `-o`, what it is for, the ending of a file's name, and what renders it."""

    name: str
    meaning: str
    extension: str
    render: Renderer
