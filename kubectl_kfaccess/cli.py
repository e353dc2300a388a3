"""The command line: one way from arguments to an exit status, and the one place that catches errors."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence

from kubectl_kfaccess import parser
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import Bug, Cancelled, ExitStatus, KfaccessError, UnreadableInput
from kubectl_kfaccess.terminal.streams import failure_text, write_answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


def main() -> NoReturn:
    """Run the command line of this process and end it."""
    _complete()
    gc.disable()  # one short run over values without cycles: looking for garbage would find none
    _repair_streams()
    status = run(sys.argv[1:], Environment.actual())
    # The answer is out: what is left would only be tearing down a large heap, and threads that wait
    os._exit(status)


def _complete() -> None:
    """Answer a shell instead, and end, when it asks what could be typed next."""
    first_words = sys.argv[1:2]
    if first_words == ["__complete"]:
        _part("completion.protocol").main(sys.argv[2:])
    elif first_words == ["__refresh"]:
        _part("completion.refresh").main()
    elif "_ARGCOMPLETE" in os.environ:
        _part("completion.bare").main()


def run(argv: Sequence[str], env: Environment) -> ExitStatus:
    """Run one command line in *env* and return how it ended; nothing the user did wrong raises."""
    try:
        return _run(argv, env)
    except KfaccessError as error:
        return _failed(error, argv, env)
    except KeyboardInterrupt:
        with contextlib.suppress(KeyboardInterrupt):  # who is in such a hurry gets no answer at all
            _part("dispatch").tell_machines(Cancelled(), argv, env)
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # the reader has what it wanted, `| head -1`; nothing more may be written to that pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), env.stdout.fileno())
        return ExitStatus.OK
    except OSError as error:  # the outside world failed where nothing more is known about it
        return _failed(UnreadableInput(failure_text(error)), argv, env)
    except Exception as error:  # a mistake of ours: Python's own status, 1, would read as a proven "no"
        return _failed(Bug(error), argv, env)


def _run(argv: Sequence[str], env: Environment) -> ExitStatus:
    try:
        parsed = parser.parse(argv, env.program)
    except parser.HelpShown as help_shown:
        write_answer(env, [help_shown.text])
        return ExitStatus.OK
    if not parsed.command:
        write_answer(env, [parser.orientation(env.program)])
        return ExitStatus.OK
    status: ExitStatus = _part("dispatch").run_command(parsed, env)
    return status


def _failed(error: KfaccessError, argv: Sequence[str], env: Environment) -> ExitStatus:
    status: ExitStatus = _part("dispatch").report_failure(error, argv, env)
    return status


def _part(name: str) -> Any:
    """A module of the package that not every start waits for."""
    return importlib.import_module(f"kubectl_kfaccess.{name}")


def _repair_streams() -> None:
    """
    Stand in for streams that the caller closed (`>&-`), and let no encoding refuse a character.

    The stand-in of a closed stdout fails when it is written to, as the closed one would.
    """
    stand_ins = (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w"))
    for name, descriptor_flags, mode in stand_ins:
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, descriptor_flags), mode))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
