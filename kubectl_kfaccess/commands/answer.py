"""What a command answers: a value, and everything that is to be said beside it."""

from __future__ import annotations

from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.errors import KfaccessError
    from kubectl_kfaccess.rbac.snapshot import Gap


class Answer(NamedTuple):
    """
    The result of a command; its `report` module turns *value* into blocks.

    *remarks* say how the question was taken, *unexpected* what an expectation does not cover. *gaps* could
    not be read and may change the answer, *minor_gaps* cost it something else. *notes* are what else is to
    be known. *error* is what failed while the rest was answered.
    """

    value: object
    status: ExitStatus = ExitStatus.OK
    remarks: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    minor_gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    error: KfaccessError | None = None
