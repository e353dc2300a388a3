"""
Files in the cache directory, which only their owner can write.

What somebody else can write is not believed: types or names planted there would change answers. A named pipe
there would block us, so nothing but a regular file is read.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)


def read(file: Path) -> bytes:
    """Return what is in *file*; raises OSError, also if it or its folder is not this user's alone."""
    _check_owner(os.lstat(file.parent), stat.S_ISDIR)
    with open(os.open(file, _READ), "rb") as stream:  # noqa: PTH123 # pathlib cannot pass these flags
        _check_owner(os.fstat(stream.fileno()), stat.S_ISREG)
        return stream.read()


def write(file: Path, content: bytes) -> None:
    """
    Write *file*, readable by this user alone, completely or not at all.

    Raises OSError, also if its folder is not this user's alone.
    """
    import tempfile  # slow to import (random numbers and more), and few runs write a file

    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_owner(os.lstat(file.parent), stat.S_ISDIR)
    handle, name = tempfile.mkstemp(dir=file.parent)
    temporary = file.parent / name
    try:
        with open(handle, "wb") as stream:  # noqa: PTH123 # it is open already
            stream.write(content)
        temporary.replace(file)
    except BaseException:  # the disk is full, or the user interrupts us
        temporary.unlink(missing_ok=True)
        raise


def _check_owner(status: os.stat_result, is_right_type: Callable[[int], bool]) -> None:
    """Raise OSError unless a file, or folder, is of the right type and this user's alone to write."""
    if not is_right_type(status.st_mode):
        raise OSError("it is not a regular file in a folder")
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        raise OSError("it belongs to another user")
    if hasattr(os, "geteuid") and status.st_mode & _WRITABLE_BY_OTHERS:
        raise OSError("other users can write it")
