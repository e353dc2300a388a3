"""`--from-error`: the question that `explain` answers is read from an error that somebody got."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnreadableInput
from kubectl_kfaccess.resolve.error_texts import ErrorQuestion, NotRbac, parse_errors

MOST_BYTES = 1_000_000


class PastedError(Struct, frozen=True):
    """What a text holds: a request that RBAC denied, refusals that are not RBAC's, or both."""

    question: ErrorQuestion | None
    not_rbac: tuple[NotRbac, ...]
    remarks: tuple[str, ...] = ()


def pasted_error(text: str, env: Environment) -> PastedError:
    """
    Return the refusals in *text*; `-` stands for the text on standard input.

    Raises UnreadableInput if *text* holds no refusal that this program knows.
    """
    if text == "-":
        text = env.stdin.read(MOST_BYTES).decode("utf-8", "replace")
    refusals = parse_errors(text)
    if not refusals:
        raise UnreadableInput(
            "cannot read the error text: it says nothing about a denied request",
            hint="ask in words: `explain SUBJECT VERB TYPE -n NAMESPACE`",
        )
    questions = [refusal for refusal in refusals if isinstance(refusal, ErrorQuestion)]
    more = len(questions) - 1
    return PastedError(
        questions[0] if questions else None,
        tuple(refusal for refusal in refusals if isinstance(refusal, NotRbac)),
        (f"the text holds {more} more such errors: this is about the first",) if more > 0 else (),
    )
