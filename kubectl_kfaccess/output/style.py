"""How an answer is to look, and what a format is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from kubectl_kfaccess.output.report import Report


class Style(Struct, frozen=True):
    """How a table is to look: *columns* are the terminal's, 0 when nobody looks; *color* paints words."""

    headers: bool = True
    sort_by: str = ""
    columns: int = 0
    color: bool = False


Renderer = Callable[[Report, Style], Iterator[str]]
