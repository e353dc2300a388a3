"""`--from-error`: an error that somebody got, as the question."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnreadableInput
from kubectl_kfaccess.resolve.error_texts import ErrorQuestion, NotRbac, understood

MOST_BYTES = 1_000_000


class PastedError(Struct, frozen=True):
    """What a text holds: a question of RBAC, or what refused instead of RBAC, or both."""

    question: ErrorQuestion | None
    not_rbac: tuple[NotRbac, ...]
    remarks: tuple[str, ...] = ()


def pasted_error(text: str, env: Environment) -> PastedError:
    """
    Return what the error *text* is about; `-` stands for the text on standard input.

    Raises UsageError where nothing in it is understood.
    """
    if text == "-":
        text = env.stdin.read(MOST_BYTES).decode("utf-8", "replace")
    parts = understood(text)
    if not parts:
        raise UnreadableInput(
            "the error text is not understood: it holds no question about access",
            hint="ask in words: `explain SUBJECT VERB TYPE -n NAMESPACE`",
        )
    questions = [part for part in parts if isinstance(part, ErrorQuestion)]
    more = len(questions) - 1
    return PastedError(
        questions[0] if questions else None,
        tuple(part for part in parts if isinstance(part, NotRbac)),
        (f"the text holds {more} more such errors: this is about the first",) if more > 0 else (),
    )
