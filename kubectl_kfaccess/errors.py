"""
Errors, each with the message that users read, a code for machines, and an exit status.

KfaccessError                 the command cannot go on: one line that says why, then a hint
├── UsageError                2: the command line, or a file that it names, is wrong
│   ├── UnreadableInput
│   └── UnusableKubeconfig
├── CannotAnswer              3: the cluster could not be asked
│   └── UnusableCredentials
├── Cancelled                 130: the user interrupted it
└── Bug                       3: a mistake in this program
"""

from __future__ import annotations

import enum


class ErrorCode(str, enum.Enum):
    """
    Why a command failed, as machine formats spell it; the set is closed.

    A code is also a string, so that values with a code can be sorted.
    """

    USAGE = "usage"  # a word of the command line is misspelled, or contradicts another
    UNKNOWN_TYPE = "unknown-type"
    UNKNOWN_VERB = "unknown-verb"
    UNKNOWN_NAME = "unknown-name"  # no subject, namespace, user, cluster or area has that name
    AMBIGUOUS_NAME = "ambiguous-name"
    BAD_KUBECONFIG = "bad-kubeconfig"  # it cannot be read, or has no usable server or credentials
    BAD_CONTEXT = "bad-context"  # the context does not exist, or names no server
    UNREADABLE_INPUT = "unreadable-input"  # a file or stream cannot be read, or holds no objects
    REFUSED_OBJECT = "refused-object"  # no server would accept an object in a file
    FORBIDDEN = "forbidden"  # the server rejects the credentials, or the caller lacks the permission
    UNREACHABLE = "unreachable"  # no connection, a lost connection, or a server too busy to answer
    TIMEOUT = "timeout"
    TLS = "tls"  # client and server do not trust or understand each other
    BAD_ANSWER = "bad-answer"  # the answer is not an API server's, or says that the server failed
    TOO_BIG = "too-big"  # more than this program is willing to read
    CANCELLED = "cancelled"
    BUG = "bug"


class ExitStatus(enum.IntEnum):
    """The exit status of a command; `kubectl auth can-i`, `grep` and `diff` use the first three alike."""

    OK = 0
    NO = 1
    USAGE = 2
    CANNOT_ANSWER = 3
    INTERRUPTED = 130


class KfaccessError(Exception):
    """A failure, in one line: *message* says what failed, *hint* what to try."""

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
    """The kubeconfig, with the flags applied, cannot be read or contradicts itself (status 2)."""

    code = ErrorCode.BAD_KUBECONFIG


class CannotAnswer(KfaccessError):
    """The cluster is unreachable, rejects the credentials or ends the connection (status 3)."""

    status = ExitStatus.CANNOT_ANSWER


class UnusableCredentials(CannotAnswer):
    """The credentials in the kubeconfig, or the server's certificate authority, cannot be used (status 3)."""

    code = ErrorCode.BAD_KUBECONFIG


class Cancelled(KfaccessError):
    """The user interrupted the command (status 130)."""

    status = ExitStatus.INTERRUPTED
    code = ErrorCode.CANCELLED

    def __init__(self) -> None:
        super().__init__("interrupted")


class Bug(KfaccessError):
    """An unexpected exception, which is a mistake in this program (status 3); *cause* is the exception."""

    code = ErrorCode.BUG

    def __init__(self, cause: Exception) -> None:
        super().__init__(
            f"this is a bug in kubectl-kfaccess: {type(cause).__name__}: {cause}",
            hint="run the command again with `-v 9`, and report what it prints",
        )
        self.cause = cause


def cause_text(error: Exception) -> str:
    """Return the error's own text with a lower-case first letter, to stand after a colon."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text[:1].lower() + text[1:]
