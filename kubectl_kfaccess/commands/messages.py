"""The messages on stderr: the only module that turns gaps, notes and errors into lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.notes import note_texts
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.terminal.safe_text import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.commands.answer import Answer
    from kubectl_kfaccess.commands.reads import Reads
    from kubectl_kfaccess.errors import KfaccessError
    from kubectl_kfaccess.output.report import Report


def answer_lines(
    answer: Answer, report: Report, reads: Reads | None = None, *, for_people: bool, standing: bool
) -> Iterator[str]:
    """
    Yield the lines for stderr, those of standing notes only if *standing* is set.

    *for_people* leaves out notes that the blocks of *report* contain. *reads* is what the command reads: it
    says what gaps cost.
    """
    yield from answer.remarks
    yield from report.remarks
    yield from (f"not expected: {subject}" for subject in answer.unexpected)
    yield from (f"disagreement: {text}" for text in answer.disagreements)
    if answer.gaps or answer.minor_gaps:
        from kubectl_kfaccess.output import gaps  # not needed for most answers

        yield from gaps.lines(answer.gaps, cost=reads.cost(_unread(answer)) if reads else "")
        shown = {gap.reason for gap in answer.gaps if gap.is_of_files}
        yield from gaps.lines((gap for gap in answer.minor_gaps if gap.reason not in shown), "note")
    shown_notes = {gap.reason for gap in (*answer.gaps, *answer.minor_gaps)}
    shown_notes.update(report.notes_in_blocks if for_people else ())
    texts = note_texts(answer.notes, standing=standing)
    yield from (f"note: {text}" for text in texts if text not in shown_notes)
    if report.conclusion:
        yield report.conclusion
    if answer.error:
        yield from error_lines(answer.error)


def _unread(answer: Answer) -> set[str]:
    """Return the resources whose lists could not be read, and could change the answer."""
    return {gap.resource for gap in answer.gaps if not gap.is_of_files}


def error_lines(error: KfaccessError) -> Iterator[str]:
    """Yield the line of an error, and the line of its hint."""
    yield f"error: {error.message}"
    if error.hint:
        yield f"hint: {error.hint}"


_WORDS = ("error", "warning", "note", "hint", "disagreement", "not expected")
"""The words in front of messages, which stay in front of the name of a cluster."""


def of_clusters(messages: Sequence[tuple[str, Sequence[str]]], answered: int) -> Iterator[str]:
    """
    Yield the messages of several clusters, each once.

    *messages* has each cluster with its messages. A message names its cluster, unless all that *answered*
    have it.
    """
    clusters: dict[str, list[str]] = {}
    for cluster, texts in messages:
        for text in dict.fromkeys(texts):
            clusters.setdefault(text, []).append(cluster)
    for text, names in clusters.items():
        yield text if len(names) == answered > 1 else _of_some(text, names)


def _of_some(text: str, clusters: Sequence[str]) -> str:
    names = few([listed(cluster) for cluster in clusters])
    word, _, rest = text.partition(": ")
    return f"{word}: {names}: {rest}" if word in _WORDS else f"{names}: {text}"
