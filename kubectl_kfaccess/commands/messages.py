"""What is said on stderr beside an answer: the one place that turns gaps, notes and errors into lines."""

from __future__ import annotations

from collections.abc import Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.commands.answer import Answer
    from kubectl_kfaccess.errors import KfaccessError
    from kubectl_kfaccess.output.report import Report


def answer_lines(answer: Answer, report: Report, *, for_people: bool) -> Iterator[str]:
    """Yield the lines; what the blocks of *report* have said is not said again to people."""
    yield from answer.remarks
    yield from report.remarks
    yield from (f"not expected: {subject}" for subject in answer.unexpected)
    yield from (f"disagreement: {text}" for text in answer.disagreements)
    if answer.gaps or answer.minor_gaps:
        from kubectl_kfaccess.output import gaps  # most answers have none

        yield from gaps.lines(answer.gaps)
        yield from gaps.lines(answer.minor_gaps, "note")
    already_said = report.notes_in_blocks if for_people else ()
    yield from (f"note: {text}" for text in answer.notes if text not in already_said)
    if report.conclusion:
        yield report.conclusion
    if answer.error:
        yield from error_lines(answer.error)


def error_lines(error: KfaccessError) -> Iterator[str]:
    """Yield the line of an error, and its hint."""
    yield f"error: {error.message}"
    if error.hint:
        yield f"hint: {error.hint}"
