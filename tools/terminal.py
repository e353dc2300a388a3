"""Run a line of shell, as typed, on a pseudo-terminal or into a pipe, without the user's home directory."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tools.command_line import NOWHERE, REPOSITORY

PROGRAM = Path(sys.executable).with_name("kubectl-kfaccess")
# The line says `kubectl kfaccess`: without the function, kubectl would have to be installed
_KUBECTL = f'kubectl() {{ shift; "{PROGRAM}" "$@"; }}'
_LINES = 50


class Shown(NamedTuple):
    """The text that a line of shell writes, and its exit status."""

    text: str
    status: int


@cache
def piped(line: str) -> Shown:
    """Return what the shell writes to stdout, a pipe, for *line*."""
    process = subprocess.run(
        ["sh", "-c", f"{_KUBECTL}\n{line}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=REPOSITORY,
        env=_environ("C.UTF-8", has_colors=False),
        check=False,
    )
    return Shown(process.stdout.decode(), process.returncode)


@cache
def on_terminal(
    columns: int, line: str, *, locale: str = "C.UTF-8", has_colors: bool = False, has_errors: bool = False
) -> Shown:
    """
    Return what a terminal of that number of *columns* shows for *line*, escape sequences included.

    With *has_errors* it also shows stderr.
    """
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, columns, 0, 0))
    process = subprocess.Popen(
        ["sh", "-c", f"{_KUBECTL}\n{line}"],
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=follower if has_errors else subprocess.DEVNULL,
        cwd=REPOSITORY,
        env=_environ(locale, has_colors=has_colors),
    )
    os.close(follower)
    text = _read(leader).decode().replace("\r\n", "\n")
    return Shown(text, process.wait())


def _environ(locale: str, *, has_colors: bool) -> dict[str, str]:
    plain = {} if has_colors else {"NO_COLOR": "1"}
    return {**NOWHERE, **plain, "PATH": os.environ["PATH"], "TERM": "xterm-256color", "LC_ALL": locale}


def _read(leader: int) -> bytes:
    """Return what is written to the terminal until its last user has closed it."""
    pieces = []
    try:
        while piece := os.read(leader, 65536):
            pieces.append(piece)
    except OSError:  # EIO: that is how Linux says that the other end is closed
        pass
    finally:
        os.close(leader)
    return b"".join(pieces)
