"""What was checked in each namespace and how it came out, for reports that a cluster keeps."""

from __future__ import annotations

import enum

from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.results import Place


class Outcome(enum.Enum):
    """How a check came out. ERROR: that is not known. SKIP: it does not count."""

    PASS = "pass"  # noqa: S105 # not a password
    FAIL = "fail"
    WARN = "warn"
    ERROR = "error"
    SKIP = "skip"


class PolicyResult(NamedTuple):
    """
    One check of the namespace *namespace* ("": of the cluster).

    *policy* is its id, *severity* one of critical, high, medium, low and info, "" if it passed. *message* is
    one line, *target* the object that it is about, None for the namespace as a whole. *properties* say more.
    Names are as in the cluster: the format makes them safe.
    """

    namespace: str
    policy: str
    outcome: Outcome
    message: str
    severity: str = ""
    target: Place | None = None
    properties: tuple[tuple[str, str], ...] = ()
