"""One command from its arguments to its text: options, source, answer, report, messages on stderr."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from kubectl_kfaccess import parser
from kubectl_kfaccess.answering import answer_of, premise_of, report_of, source_of
from kubectl_kfaccess.commands.messages import error_lines
from kubectl_kfaccess.errors import Bug
from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.formats.registry import MACHINE
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.output.style import OutputChoice
from kubectl_kfaccess.terminal.safe_text import line
from kubectl_kfaccess.writing import messages_of, write_lines, write_messages, write_response

TRACEBACK_VERBOSITY = 9

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kubectl_kfaccess.commands.answer import Answer
    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.errors import ExitStatus, KfaccessError
    from kubectl_kfaccess.output.report import Data
    from kubectl_kfaccess.sources.source_choice import SourceChoice


def run_command(parsed: parser.Parsed, env: Environment) -> ExitStatus:
    """Run the command, write its answer, and return the exit status. Raises KfaccessError if it fails."""
    options = parser.arguments_module(parsed.command).options(parsed.args)
    if _may_be_several(parsed.command, options.source, env):
        from kubectl_kfaccess import clusters  # most runs ask one cluster

        chosen = clusters.cluster_choices(options.source, env)
        if chosen:
            return clusters.run_on_clusters(parsed.command, options, chosen, env)
    source = source_of(options.source, env)
    answer = answer_of(parsed.command, options, source)
    if not options.output.quiet:
        _write(parsed.command, options, answer, env)
    elif answer.error:  # as with any other error, the status alone does not say why
        write_messages(env, error_lines(answer.error), options.output.color)
    if options.source and options.source.is_live:
        # What it imports is there already if a cluster was read, and nothing else needs it
        from kubectl_kfaccess.completion.warming import keep_names

        keep_names(source)
    return answer.status


def _may_be_several(command: str, choice: SourceChoice | None, env: Environment) -> bool:
    """Return whether *choice* can be that of several clusters: contexts, or snapshots behind `-f`."""
    if choice is None or not choice.files:
        return choice is not None and bool(choice.contexts or choice.all_contexts)
    if not getattr(parser.arguments_module(command), "FILES_CAN_BE_CLUSTERS", True):
        return False
    return len(choice.files) > 1 or (choice.files[0] != "-" and (env.cwd / choice.files[0]).is_dir())


def _write(command: str, options: Any, answer: Answer, env: Environment) -> None:
    """Write the answer to stdout, and its gaps, notes and disagreements to stderr."""
    report = report_of(command, options, answer)
    premise = premise_of(options)
    gaps = (*answer.gaps, *answer.minor_gaps)
    errors = (answer.error,) if answer.error else ()
    data = premise.data if premise else None
    write_response(Response(report, tuple(sorted(gaps)), answer.notes, errors, data), options.output, env)
    write_messages(env, messages_of(command, options, answer, report, env), options.output.color)


def report_failure(error: KfaccessError, argv: Sequence[str], env: Environment) -> ExitStatus:
    """Write *error* to stderr, and to stdout as well if the format is a machine's. Return its status."""
    write_machine_error(error, argv, env)
    if isinstance(error, Bug) and parser.verbosity_in(argv) >= TRACEBACK_VERBOSITY:
        write_lines(env, [*map(line, _traceback_lines(error))])
    write_messages(env, error_lines(error), parser.color_in(argv))
    return error.status


def _traceback_lines(error: Bug) -> list[str]:
    import traceback  # slow to import, and needed only for a bug

    return "".join(traceback.format_exception(error.cause)).splitlines()


def write_machine_error(error: KfaccessError, argv: Sequence[str], env: Environment) -> None:
    """Write *error* to stdout in the format of *argv*, if that is a machine format."""
    form = parser.format_in(argv)
    if form in MACHINE:
        with contextlib.suppress(Exception):  # a second failure, even a bug, must not hide the first
            command = parser.command_in(argv)
            kind = parser.arguments_module(command).KIND if command else "Error"
            response = Response(Report(kind), errors=(error,), hypothetical=_assumed(argv, env))
            write_response(response, OutputChoice(form), env)


def _assumed(argv: Sequence[str], env: Environment) -> Data | None:
    """Return what the failed command line assumes; None if it assumes nothing, or cannot be read."""
    with contextlib.suppress(Exception):
        parsed = parser.parse(argv, env.program)
        premise = premise_of(parser.arguments_module(parsed.command).options(parsed.args))
        return premise.data if premise else None
    return None
