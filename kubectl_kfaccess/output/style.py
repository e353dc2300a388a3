"""The choices of the output flags, the style of a table, and what a format consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.envelope import Response

    Renderer = Callable[[Response, "Style"], Iterator[str]]


class OutputChoice(NamedTuple):
    """What the output flags choose; *color* is `auto`, `always` or `never`."""

    format: str = "table"
    headers: bool = True
    sort_by: str = ""
    color: str = "auto"
    quiet: bool = False


class Style(NamedTuple):
    """
    How text looks. *columns* is the terminal's width, 0 if stdout is no terminal.

    Without *unicode*, branches, crosses and dots are drawn in ASCII.
    """

    headers: bool = True
    sort_by: str = ""
    columns: int = 0
    color: bool = False
    unicode: bool = True


class Format(NamedTuple):
    """A format: its name for `-o`, its purpose, the extension of its files, and the function that renders."""

    name: str
    meaning: str
    extension: str
    render: Renderer
