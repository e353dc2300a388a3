"""What could not be read, and which parts of a page are incomplete for it."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.report.arguments import READS
from kubectl_kfaccess.commands.report.page import Page
from kubectl_kfaccess.commands.report.views import Unread
from kubectl_kfaccess.output.gaps import short
from kubectl_kfaccess.terminal.safe_text import line, shown

WHOLE_CLUSTER = "the whole cluster"


def unread(page: Page) -> Iterator[Unread]:
    """Yield a row for each list that could not be read."""
    for gap in page.gaps:
        place = shown(gap.namespace) if gap.namespace else WHOLE_CLUSTER
        costs = [read.lacks for read in READS.reads if read.resource == gap.resource and read.lacks]
        cost = ", ".join(dict.fromkeys(costs)) or "who has access"
        yield Unread(shown(gap.resource), place, line(short(gap.reason)), cost)
