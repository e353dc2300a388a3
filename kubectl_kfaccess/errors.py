"""
What users are told, and the exit status that goes with it.

KfaccessError                 the command cannot go on; one line, then what to try
├── UsageError                2: the command line, or a file that it names, is wrong
│   ├── UnreadableInput
│   └── UnusableKubeconfig
├── CannotAnswer              3: the cluster could not be asked
│   └── UnusableCredentials
├── Cancelled                 130: the user interrupted it
└── Bug                       3: a mistake of this program
"""

from __future__ import annotations

import enum


class ErrorCode(str, enum.Enum):
    """
    Why a command failed, in the words of machine formats; the set is closed.

    It is text, so that values which hold one can be sorted.
    """

    USAGE = "usage"  # the words of the command line contradict each other, or are misspelled
    UNKNOWN_TYPE = "unknown-type"
    UNKNOWN_VERB = "unknown-verb"
    UNKNOWN_NAME = "unknown-name"  # nothing is called that: no subject, namespace, user, cluster or area
    AMBIGUOUS_NAME = "ambiguous-name"
    BAD_KUBECONFIG = "bad-kubeconfig"  # it cannot be read, or gives no usable server or credentials
    BAD_CONTEXT = "bad-context"  # the context does not exist, or names no server
    UNREADABLE_INPUT = "unreadable-input"  # a file, or a stream, cannot be used or holds no objects
    REFUSED_OBJECT = "refused-object"  # an object in a file is one that no server would take
    FORBIDDEN = "forbidden"  # the server refuses the credentials, or the request of who has them
    UNREACHABLE = "unreachable"  # no connection, one that broke off, or a server too busy to answer
    TIMEOUT = "timeout"
    TLS = "tls"  # client and server do not trust, or do not understand, each other
    BAD_ANSWER = "bad-answer"  # it is no answer of an API server, or says that the server failed
    TOO_BIG = "too-big"  # more than this program is ready to read
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


class UnreadableInput(UsageError):
    """A file, or standard input, cannot be read or holds no Kubernetes objects (status 2)."""

    code = ErrorCode.UNREADABLE_INPUT


class UnusableKubeconfig(UsageError):
    """The kubeconfig, with the flags laid over it, cannot be read or contradicts itself (status 2)."""

    code = ErrorCode.BAD_KUBECONFIG


class CannotAnswer(KfaccessError):
    """The cluster is unreachable, refuses the credentials or breaks off (status 3)."""

    status = ExitStatus.CANNOT_ANSWER


class UnusableCredentials(CannotAnswer):
    """What the kubeconfig gives to prove who is who turns out to be of no use (status 3)."""

    code = ErrorCode.BAD_KUBECONFIG


class Cancelled(KfaccessError):
    """The user interrupted the command (status 130)."""

    status = ExitStatus.INTERRUPTED
    code = ErrorCode.CANCELLED

    def __init__(self) -> None:
        super().__init__("interrupted")


class Bug(KfaccessError):
    """Something happened that this program was not made for (status 3); *cause* is what Python raised."""

    code = ErrorCode.BUG

    def __init__(self, cause: Exception) -> None:
        super().__init__(
            f"this is a bug in kubectl-kfaccess: {type(cause).__name__}: {cause}",
            hint="run the command again with `-v 9`, and report what it prints",
        )
        self.cause = cause


def cause(error: Exception) -> str:
    """Return the error's own text, its first letter small: what is left of it after a colon."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text[:1].lower() + text[1:]
