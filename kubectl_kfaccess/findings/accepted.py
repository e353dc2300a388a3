"""What the users of a cluster have accepted, as values."""

from __future__ import annotations

import datetime

from msgspec import Struct


class Accepted(Struct, frozen=True):
    """
    Why something is accepted.

    *by* says who accepted it, "" if nobody is named. *until* is the last day on which it is, None if no day.
    """

    reason: str
    by: str = ""
    until: datetime.date | None = None
