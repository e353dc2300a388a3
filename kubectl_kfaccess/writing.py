"""What a run writes: the answer to stdout, and messages to stderr."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.answering import module_of, premise_of
from kubectl_kfaccess.commands.messages import answer_lines
from kubectl_kfaccess.output.colors import painted_message
from kubectl_kfaccess.output.formats.registry import FOR_PEOPLE, MACHINE, rendered
from kubectl_kfaccess.output.layout import piped_notes
from kubectl_kfaccess.output.style import OutputChoice, Style
from kubectl_kfaccess.terminal.safe_text import line
from kubectl_kfaccess.terminal.streams import write_answer
from kubectl_kfaccess.terminal.wrapping import hanging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kubectl_kfaccess.commands.answer import Answer
    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.output.envelope import Response
    from kubectl_kfaccess.output.report import Report


def write_response(response: Response, output: OutputChoice, env: Environment) -> None:
    """Write *response* to stdout in the chosen format. Raises UsageError for an unknown column to sort by."""
    write_answer(env, rendered(response, output.format, style_of(output, env)))


def style_of(output: OutputChoice, env: Environment) -> Style:
    """Return how the text looks on stdout of *env*."""
    return Style(output.headers, output.sort_by, env.columns, env.colors(output.color), env.is_unicode)


def messages_of(
    command: str, options: Any, answer: Answer, report: Report, env: Environment
) -> Iterator[str]:
    """Yield the messages beside an answer: what stdout leaves out, gaps, notes, disagreements."""
    output: OutputChoice = options.output
    premise = premise_of(options)
    if output.format in FOR_PEOPLE:
        yield from piped_notes(report, env.columns)
    if premise:
        yield from premise.lines(report, output, env)
    standing = output.format == "wide" or (options.source is not None and options.source.verbosity > 0)
    reads = getattr(module_of(command, "arguments"), "READS", None)
    for_people = output.format not in MACHINE
    yield from answer_lines(answer, report, reads, for_people=for_people, standing=standing)


def write_messages(env: Environment, messages: Iterable[str], color: str) -> None:
    """Write messages, of one line each; on a terminal they wrap, and their first words have colours."""
    lines = [hanging(line(text), env.error_columns) for text in messages]
    if env.colors(color, env.stderr):
        lines = [painted_message(message) for message in lines]
    write_lines(env, [text for message in lines for text in message])


def write_lines(env: Environment, lines: Sequence[str]) -> None:
    """Write *lines* to stderr as they are."""
    if lines:
        with contextlib.suppress(OSError):  # stderr is unusable: only the exit status is left
            env.stderr.write("".join(f"{text}\n" for text in lines))
            env.stderr.flush()
