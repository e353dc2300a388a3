"""The command line: from arguments to an exit status. All errors are caught here."""

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
from kubectl_kfaccess.errors import (
    Bug,
    Cancelled,
    CannotAnswer,
    ErrorCode,
    ExitStatus,
    KfaccessError,
    UnreadableInput,
)
from kubectl_kfaccess.terminal.streams import failure_text, write_answer

COLUMNS = 80
"""The width of help where there is no terminal."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


def main() -> NoReturn:
    """Run the command line of this process, and end the process with its status."""
    _complete()
    gc.disable()  # a short run whose values have no cycles: a collection would find nothing
    _repair_streams()
    status = run(sys.argv[1:], Environment.actual())
    # The answer is written. A normal exit would tear down a large heap and wait for threads
    os._exit(status)


def _complete() -> None:
    """If a shell asks for completions, answer it and end the process."""
    first_words = sys.argv[1:2]
    if first_words == ["__complete"]:
        _imported("completion.protocol").main(sys.argv[2:])
    elif first_words == ["__refresh"]:
        _imported("completion.refresh").main()
    elif "_ARGCOMPLETE" in os.environ:
        _imported("completion.bare").main()


def run(argv: Sequence[str], env: Environment) -> ExitStatus:
    """Run the command line *argv* in *env* and return its exit status. Every exception becomes a status."""
    try:
        return _run(argv, env)
    except KfaccessError as error:
        return _report_failure(error, argv, env)
    except KeyboardInterrupt:
        with contextlib.suppress(KeyboardInterrupt):  # a second Ctrl-C: end at once
            _imported("dispatch").write_machine_error(Cancelled(), argv, env)
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # The reader has what it wanted (`| head -1`) and has gone: what is still buffered must go nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), env.stdout.fileno())
        return ExitStatus.OK
    except MemoryError:
        return _report_failure(_too_little_memory(), argv, env)
    except OSError as error:  # a system call failed, and no code closer to it said what that means
        return _report_failure(UnreadableInput(failure_text(error)), argv, env)
    except Exception as error:  # a mistake of ours: Python's own status, 1, would read as a proven "no"
        return _report_failure(Bug(error), argv, env)


def _too_little_memory() -> CannotAnswer:
    hint = "ask for single namespaces with `-n`, or give the process more memory"
    return CannotAnswer("there is not enough memory for the answer", hint=hint, code=ErrorCode.TOO_BIG)


def _run(argv: Sequence[str], env: Environment) -> ExitStatus:
    try:
        parsed = parser.parse(argv, env.program)
    except parser.HelpRequested as request:
        text = _imported("help_pages").page(request.topic, env.program, env.columns or COLUMNS)
        write_answer(env, [text])
        return ExitStatus.OK
    status: ExitStatus = _imported("dispatch").run_command(parsed, env)
    return status


def _report_failure(error: KfaccessError, argv: Sequence[str], env: Environment) -> ExitStatus:
    status: ExitStatus = _imported("dispatch").report_failure(error, argv, env)
    return status


def _imported(name: str) -> Any:
    """Import a module of the package that only some runs need."""
    return importlib.import_module(f"kubectl_kfaccess.{name}")


def _repair_streams() -> None:
    """
    Replace the streams that the caller closed (`>&-`), and escape what an encoding cannot write.

    The replacement of a closed stdout is opened for reading, so that writing to it fails as it should.
    """
    replacements = (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w"))
    for name, descriptor_flags, mode in replacements:
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, descriptor_flags), mode))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
