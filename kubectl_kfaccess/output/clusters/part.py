"""What one of several clusters answered, ready for the report about all of them."""

from __future__ import annotations

from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kubectl_kfaccess.errors import KfaccessError
    from kubectl_kfaccess.notes import Note
    from kubectl_kfaccess.output.report import Data, Report
    from kubectl_kfaccess.rbac.snapshot import Gap

WORST_FIRST = (
    ExitStatus.INTERRUPTED, ExitStatus.USAGE, ExitStatus.NO, ExitStatus.CANNOT_ANSWER, ExitStatus.OK,
)  # fmt: skip
"""The exit statuses by what they say of several clusters: a proven no comes before what is not known."""


class ClusterPart(NamedTuple):
    """
    The report of *cluster*, None if it failed, and what stands beside it in the envelope.

    *error* says why it failed or, beside a report, why a part of it is missing.
    """

    cluster: str
    status: ExitStatus
    report: Report | None
    gaps: tuple[Gap, ...] = ()
    notes: tuple[Note, ...] = ()
    error: KfaccessError | None = None
    hypothetical: Data | None = None

    @property
    def is_down(self) -> bool:
        """Whether the cluster could not be asked: what it would answer is not known."""
        return self.report is None and self.status is ExitStatus.CANNOT_ANSWER


def worst_status(parts: Iterable[ClusterPart]) -> ExitStatus:
    """Return the exit status of an answer that consists of *parts*."""
    statuses = {part.status for part in parts}
    return next(status for status in WORST_FIRST if status in statuses)


def reports_of(parts: Sequence[ClusterPart]) -> list[tuple[str, Report]]:
    """Return the clusters that answered, with their reports."""
    return [(part.cluster, part.report) for part in parts if part.report is not None]
