"""The command line inside this process, and what a new process undoes before it begins."""

from __future__ import annotations

import signal

from tools.command_line import NOWHERE, REPOSITORY, Result, run

__all__ = ["NOWHERE", "REPOSITORY", "Result", "heed_interrupts", "run"]


def heed_interrupts() -> None:
    """Let SIGINT end a new process again: a shell that starts a job with `&` makes it ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
