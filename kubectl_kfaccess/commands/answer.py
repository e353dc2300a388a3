"""The answer of a command: a value, its exit status, and the messages for stderr."""

from __future__ import annotations

from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.errors import KfaccessError
    from kubectl_kfaccess.notes import Note
    from kubectl_kfaccess.rbac.snapshot import Gap


class Answer(NamedTuple):
    """
    The result of a command; its `report` module turns *value* into blocks.

    *remarks* say how the question was understood; *unexpected* are subjects that `--expect-only` does not
    allow; *disagreements* say where the server contradicts the answer. *gaps* could not be read and can
    change the answer; *minor_gaps* only leave details unknown. *error* is a failure that left the rest of the
    answer intact.
    """

    value: object
    status: ExitStatus = ExitStatus.OK
    remarks: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    minor_gaps: tuple[Gap, ...] = ()
    notes: tuple[Note, ...] = ()
    error: KfaccessError | None = None
