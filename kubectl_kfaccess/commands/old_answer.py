"""What a command hands back: a report to render, notes for stderr, and how to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubectl_kfaccess.errors import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubectl_kfaccess.output.report import Response


@dataclass(frozen=True)
class Answer:
    """
    The result of a command: *report* is rendered in the format asked for, *remarks* go to stderr.

    *text* stands in for a report where a command writes its own; it may be made while it is written.
    """

    report: Response | None = None
    text: Iterable[str] = ()
    remarks: tuple[str, ...] = ()
    status: ExitStatus = ExitStatus.OK
