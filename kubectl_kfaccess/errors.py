"""
What users are told, and the exit status that goes with it.

KfaccessError          the command cannot go on; one line, then what to try
├── UsageError         2: the command line, or a file that it names, is wrong
└── CannotAnswer       3: the cluster could not be asked
"""

from __future__ import annotations

import enum


class ErrorCode(enum.Enum):
    """Why a command failed, in the words of machine formats; the set is closed."""

    USAGE = "usage"
    UNKNOWN_TYPE = "unknown-type"
    UNKNOWN_VERB = "unknown-verb"
    UNKNOWN_NAME = "unknown-name"
    AMBIGUOUS_NAME = "ambiguous-name"
    BAD_KUBECONFIG = "bad-kubeconfig"
    BAD_CONTEXT = "bad-context"
    UNREADABLE_INPUT = "unreadable-input"
    REFUSED_OBJECT = "refused-object"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"
    BAD_ANSWER = "bad-answer"
    TOO_BIG = "too-big"
    CANCELLED = "cancelled"
    BUG = "bug"


class ExitStatus(enum.IntEnum):
    """How a command ends; `kubectl auth can-i`, `grep` and `diff` agree on the first three."""

    OK = 0
    NO = 1
    USAGE = 2
    CANNOT_ANSWER = 3
    INTERRUPTED = 130


class KfaccessError(Exception):
    """Something the user can mend: the message says what, the hint what to try."""

    status = ExitStatus.CANNOT_ANSWER
    code = ErrorCode.BAD_ANSWER

    def __init__(self, message: str, *, hint: str = "", code: ErrorCode | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or self.code


class UsageError(KfaccessError):
    """The command line, the kubeconfig or an input file cannot be used (status 2)."""

    status = ExitStatus.USAGE
    code = ErrorCode.USAGE


class CannotAnswer(KfaccessError):
    """The cluster is unreachable, refuses the credentials or breaks off (status 3)."""

    status = ExitStatus.CANNOT_ANSWER


def cause(error: Exception) -> str:
    """Return the error's own text, its first letter small: what is left of it after a colon."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text[:1].lower() + text[1:]
