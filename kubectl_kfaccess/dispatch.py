"""One command from its arguments to its text: options, source, answer, report, messages on stderr."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterable, Sequence

from kubectl_kfaccess import parser
from kubectl_kfaccess.commands.messages import answer_lines, error_lines
from kubectl_kfaccess.errors import Bug
from kubectl_kfaccess.output.colors import painted_message
from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.formats.registry import FOR_PEOPLE, MACHINE, rendered
from kubectl_kfaccess.output.layout import piped_notes
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.output.style import OutputChoice, Style
from kubectl_kfaccess.sources.no_source import NoSource
from kubectl_kfaccess.terminal.safe_text import line
from kubectl_kfaccess.terminal.streams import write_answer
from kubectl_kfaccess.terminal.wrapping import hanging

TRACEBACK_VERBOSITY = 9

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kubectl_kfaccess.commands.answer import Answer
    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.errors import ExitStatus, KfaccessError
    from kubectl_kfaccess.output.premise import Premise
    from kubectl_kfaccess.output.report import Data
    from kubectl_kfaccess.sources.source import Source
    from kubectl_kfaccess.sources.source_choice import SourceChoice


def run_command(parsed: parser.Parsed, env: Environment) -> ExitStatus:
    """Run the command, write its answer, and return the exit status. Raises KfaccessError if it fails."""
    options = parser.arguments_module(parsed.command).options(parsed.args)
    source = _source(options.source, env)
    answer: Answer = _module(parsed.command, "answer").answer(options, source)
    if not options.output.quiet:
        _write(parsed.command, options, answer, env)
    elif answer.error:  # as with any other error, the status alone does not say why
        _write_stderr(env, error_lines(answer.error), options.output.color)
    if options.source and options.source.is_live:
        # What it imports is there already if a cluster was read, and nothing else needs it
        from kubectl_kfaccess.completion.warming import keep_names

        keep_names(source)
    return answer.status


def _source(choice: SourceChoice | None, env: Environment) -> Source | NoSource:
    if choice is None:
        return NoSource(env)
    from kubectl_kfaccess.sources.opened import open_source  # slow, and not needed for `version --client`

    return open_source(choice, env)


def _write(command: str, options: Any, answer: Answer, env: Environment) -> None:
    """Write the answer to stdout, and its gaps, notes and disagreements to stderr."""
    output: OutputChoice = options.output
    report: Report = _module(command, "report").report(answer.value, options)
    premise = _premise(options)
    report = premise.in_front_of(report) if premise else report
    gaps = (*answer.gaps, *answer.minor_gaps)
    errors = (answer.error,) if answer.error else ()
    data = premise.data if premise else None
    _render(Response(report, tuple(sorted(gaps)), answer.notes, errors, data), output, env)
    for_people = output.format not in MACHINE
    notes = (*_piped_notes(report, output, env), *(premise.lines(report, output, env) if premise else ()))
    standing = output.format == "wide" or (options.source is not None and options.source.verbosity > 0)
    reads = getattr(parser.arguments_module(command), "READS", None)
    lines = (*notes, *answer_lines(answer, report, reads, for_people=for_people, standing=standing))
    _write_stderr(env, lines, output.color)


def _premise(options: Any) -> Premise | None:
    """Return what the answer assumes; None if it speaks of the cluster as it is."""
    if options.source is None or options.source.hypothetical.is_empty:
        return None
    from kubectl_kfaccess.output.premise import Premise  # few commands assume anything

    return Premise(*options.source.hypothetical)


def _piped_notes(report: Report, output: OutputChoice, env: Environment) -> Iterable[str]:
    return piped_notes(report, env.columns) if output.format in FOR_PEOPLE else ()


def _render(response: Response, output: OutputChoice, env: Environment) -> None:
    colored = env.colors(output.color)
    style = Style(output.headers, output.sort_by, env.columns, colored, env.is_unicode)
    write_answer(env, rendered(response, output.format, style))


def report_failure(error: KfaccessError, argv: Sequence[str], env: Environment) -> ExitStatus:
    """Write *error* to stderr, and to stdout as well if the format is a machine's. Return its status."""
    write_machine_error(error, argv, env)
    if isinstance(error, Bug) and parser.verbosity_in(argv) >= TRACEBACK_VERBOSITY:
        _write_lines(env, [*map(line, _traceback_lines(error))])
    _write_stderr(env, error_lines(error), parser.color_in(argv))
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
            assumed = _assumed(argv, env)
            _render(Response(Report(kind), errors=(error,), hypothetical=assumed), OutputChoice(form), env)


def _assumed(argv: Sequence[str], env: Environment) -> Data | None:
    """Return what the failed command line assumes; None if it assumes nothing, or cannot be read."""
    with contextlib.suppress(Exception):
        parsed = parser.parse(argv, env.program)
        premise = _premise(parser.arguments_module(parsed.command).options(parsed.args))
        return premise.data if premise else None
    return None


def _module(command: str, name: str) -> Any:
    """Import the module *name* (`answer` or `report`) of *command*."""
    return importlib.import_module(f"kubectl_kfaccess.commands.{command.replace('-', '_')}.{name}")


def _write_stderr(env: Environment, lines: Iterable[str], color: str) -> None:
    """Write messages, of one line each; on a terminal they wrap, and their first words have colours."""
    messages = [hanging(line(text), env.error_columns) for text in lines]
    if env.colors(color, env.stderr):
        messages = [painted_message(message) for message in messages]
    _write_lines(env, [text for message in messages for text in message])


def _write_lines(env: Environment, lines: Sequence[str]) -> None:
    if lines:
        with contextlib.suppress(OSError):  # stderr is unusable: only the exit status is left
            env.stderr.write("".join(f"{text}\n" for text in lines))
            env.stderr.flush()
