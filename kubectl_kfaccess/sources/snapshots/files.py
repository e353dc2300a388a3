"""Writing a snapshot: whole or not at all, and for its owner's eyes only."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer, UsageError, cause_text


def check_writable(name: str, env: Environment) -> None:
    """Raise UsageError if no file can be written there, before a cluster is read for nothing."""
    place = env.cwd / name
    if not name:
        raise UsageError("FILE is empty", hint="leave it out to print the snapshot")
    if place.is_dir():
        raise UsageError(f"`{name}` is a directory", hint="name the file to write in it")
    if not place.parent.is_dir():
        raise UsageError(f"there is no directory `{Path(name).parent}` to write `{Path(name).name}` in")
    if not os.access(place.parent, os.W_OK):
        raise UsageError(f"cannot write in the directory `{Path(name).parent}`: permission denied")


def make_directory(name: str, env: Environment) -> None:
    """Make the directory *name* if it is not there. Raises UsageError if that is impossible."""
    try:
        (env.cwd / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the directory `{name}`: {cause_text(error).lower()}") from error


def write(name: str, env: Environment, content: bytes) -> None:
    """
    Write the file *name* with the mode 0600; one that exists is replaced when all is written.

    A device such as /dev/null is written to, and not replaced. Raises CannotAnswer if that fails.
    """
    place = env.cwd / name
    try:
        if place.exists() and not place.is_file():
            place.write_bytes(content)
            return
        _replace(place.resolve(), content)
    except OSError as error:
        raise CannotAnswer(f"cannot write `{name}`: {cause_text(error).lower()}") from error


def _replace(place: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")  # its mode is 0600
    try:
        with open(handle, "wb") as stream:  # noqa: PTH123 # it is open already
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(place)
    except BaseException:  # the disk is full, or the user interrupts us
        Path(temporary).unlink(missing_ok=True)
        raise
