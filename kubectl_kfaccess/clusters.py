"""One command asked of several clusters, side by side, and what they answer written as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TextIO, cast

from kubectl_kfaccess.answering import answer_of, module_of, premise_of, report_of, source_of
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.messages import error_lines, of_clusters
from kubectl_kfaccess.completion.warming import keep_names
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import Bug, CannotAnswer, ExitStatus, KfaccessError, UsageError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.output.blocks import Headline
from kubectl_kfaccess.output.clusters.headline import headline_of
from kubectl_kfaccess.output.clusters.merged_report import merged_report
from kubectl_kfaccess.output.clusters.part import ClusterPart, reports_of, worst_status
from kubectl_kfaccess.output.clusters.rendering import has_parts, rendered_clusters
from kubectl_kfaccess.output.clusters.response import clusters_response
from kubectl_kfaccess.output.formats.registry import FOR_PEOPLE, REGISTRY
from kubectl_kfaccess.output.layout import piped_notes
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.sources.cluster.threads import at_once
from kubectl_kfaccess.sources.several import ClusterChoice, cluster_choices
from kubectl_kfaccess.sources.source_choice import SourceChoice
from kubectl_kfaccess.struct_types import meet_all
from kubectl_kfaccess.terminal.progress import progress
from kubectl_kfaccess.terminal.shared_input import SharedInput
from kubectl_kfaccess.terminal.streams import write_answer
from kubectl_kfaccess.writing import messages_of, style_of, write_messages

__all__ = ["cluster_choices", "run_on_clusters"]

MOST_AT_ONCE = 4


class ClusterAnswer(NamedTuple):
    """What the cluster *name* answered: an answer with its report, or the *error* that it failed with."""

    name: str
    options: Any
    answer: Answer | None = None
    report: Report | None = None
    error: KfaccessError | None = None

    @property
    def part(self) -> ClusterPart:
        """The answer as a part of the report about all clusters."""
        answer = self.answer
        if answer is None:
            error = self.error or CannotAnswer("it gave no answer")
            return ClusterPart(self.name, error.status, None, error=error)
        premise = premise_of(self.options)
        gaps = tuple(sorted((*answer.gaps, *answer.minor_gaps)))
        data = premise.data if premise else None
        return ClusterPart(self.name, answer.status, self.report, gaps, answer.notes, answer.error, data)


def run_on_clusters(
    command: str, options: Any, clusters: Sequence[ClusterChoice], env: Environment
) -> ExitStatus:
    """
    Ask all *clusters*, write what they answer, and return the worst status.

    Raises KfaccessError if all fail for the same reason, UsageError if the format shows one cluster alone.
    """
    output = options.output
    if REGISTRY[output.format].one_cluster:
        raise UsageError(
            f"`-o {output.format}` shows one cluster: {len(clusters)} are chosen",
            hint="name one of them with `--context`, or give one snapshot",
        )
    answers = _answers(command, options, clusters, env)
    _raise_common_error(answers)
    parts = [each.part for each in answers]
    if output.quiet:
        errors = ((each.name, tuple(error_lines(each.error))) for each in answers if each.error)
        write_messages(env, of_clusters(tuple(errors), 0), output.color)
    else:
        _write(command, options, answers, parts, env)
    return worst_status(parts)


# --- asking -----------------------------------------------------------------------------------------------


def _answers(
    command: str, options: Any, clusters: Sequence[ClusterChoice], env: Environment
) -> list[ClusterAnswer]:
    """Return what each cluster answers, in the order of *clusters*; at most four are asked at once."""
    meet_all(command)
    shared = SharedInput(env.stdin)
    answered: list[str] = []

    def ask(cluster: ClusterChoice) -> ClusterAnswer:
        own = env._replace(stdin=shared.reader(), stderr=cast("TextIO", _NoTerminal(env.stderr)))
        answer = _answer(command, _options_for(command, options, cluster), cluster.name, own)
        answered.append(cluster.name)
        return answer

    def text() -> str:
        return f"asking {len(clusters)} clusters: {len(answered)} answered"

    with progress(env.stderr, text, env.environ.get("TERM", "")):
        return at_once(ask, clusters, MOST_AT_ONCE)


def _answer(command: str, options: Any, name: str, env: Environment) -> ClusterAnswer:
    """Return what one cluster answers. Every exception becomes an error: the others answer all the same."""
    try:
        source = source_of(options.source, env)
        answer = answer_of(command, options, source)
        report = report_of(command, options, answer)
        if options.source.is_live:
            keep_names(source)
    except KfaccessError as error:
        return ClusterAnswer(name, options, error=error)
    except Exception as error:  # a mistake of ours
        return ClusterAnswer(name, options, error=Bug(error))
    return ClusterAnswer(name, options, answer, report)


def _options_for(command: str, options: Any, cluster: ClusterChoice) -> Any:
    """Return the options of the command for one cluster alone."""
    several: SourceChoice = options.source
    sources = {name: cluster.source for name, value in options._asdict().items() if value == several}
    alone = options._replace(**sources)
    arguments = module_of(command, "arguments")
    return arguments.for_cluster(alone, cluster.name) if hasattr(arguments, "for_cluster") else alone


class _NoTerminal:
    """A stream that several clusters write messages to. It is no terminal: their progress would mix."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def isatty(self) -> bool:
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _raise_common_error(answers: Sequence[ClusterAnswer]) -> None:
    """Raise the error that all clusters failed with: the question is wrong, whatever the cluster."""
    errors = [each.error for each in answers if each.error]
    texts = {(type(error), error.message, error.hint) for error in errors}
    if len(errors) == len(answers) and len(texts) == 1:
        raise errors[0]


# --- writing ----------------------------------------------------------------------------------------------


def _write(
    command: str,
    options: Any,
    answers: Sequence[ClusterAnswer],
    parts: Sequence[ClusterPart],
    env: Environment,
) -> None:
    """Write the answers to stdout, and their messages to stderr."""
    output = options.output
    headline = headline_of(parts, _sentence(command, options, answers))
    folds = output.format == "table"
    report = merged_report(module_of(command, "arguments").KIND, parts, headline, folds=folds)
    response = clusters_response(report, parts)
    write_answer(env, rendered_clusters(response, parts, output.format, style_of(output, env)))
    in_parts = has_parts(parts, output.format)
    if output.format in FOR_PEOPLE and not in_parts:
        write_messages(env, piped_notes(report, env.columns), output.color)
    messages = [(each.name, tuple(_messages(command, each, env, in_parts=in_parts))) for each in answers]
    write_messages(env, of_clusters(messages, len(reports_of(parts))), output.color)


def _sentence(command: str, options: Any, answers: Sequence[ClusterAnswer]) -> str:
    """Return the command's own sentence about all clusters that answered; "" if it has none."""
    values = [each.answer.value for each in answers if each.answer]
    report = module_of(command, "report")
    sentence: str = report.about_clusters(values, options) if hasattr(report, "about_clusters") else ""
    return sentence


def _messages(command: str, each: ClusterAnswer, env: Environment, *, in_parts: bool) -> Iterator[str]:
    """Yield the messages of one cluster. Those of its blocks are in the merged report, unless in a part."""
    if each.answer is None or each.report is None:
        yield from error_lines(each.part.error) if each.part.error else ()
        return
    blocks = tuple(block for block in each.report.blocks if in_parts or isinstance(block, Headline))
    yield from messages_of(command, each.options, each.answer, each.report._replace(blocks=blocks), env)
