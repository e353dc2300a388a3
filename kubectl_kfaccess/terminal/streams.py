"""Writing to stdout, and the text of a failed system call."""

from __future__ import annotations

import os
from collections.abc import Iterable

from kubectl_kfaccess.errors import CannotAnswer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.environment import Environment


def write_answer(env: Environment, pieces: Iterable[str]) -> None:
    """
    Write *pieces* to stdout.

    Raises CannotAnswer if stdout cannot be written to, BrokenPipeError if its reader has gone.
    """
    try:
        for piece in pieces:
            env.stdout.write(piece)
        env.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CannotAnswer(f"cannot write the answer: {failure_text(error)}") from error


def failure_text(error: OSError) -> str:
    """Return the cause of *error* in lower case, after the file that it is about, if it names one."""
    where = f"cannot use `{os.fsdecode(error.filename)}`: " if error.filename else ""
    return f"{where}{(error.strerror or str(error)).lower()}"
