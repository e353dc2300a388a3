"""`--from-error`: the question that `explain` answers is read from an error that somebody got."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from msgspec import Struct

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnreadableInput
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import USER, reference
from kubectl_kfaccess.resolve.error_texts import CutError, ErrorQuestion, Refusal, parse_errors
from kubectl_kfaccess.resolve.other_gates import NotRbac
from kubectl_kfaccess.resolve.subject_words import parse_subject

MOST_BYTES = 1_000_000


class PastedError(Struct, frozen=True):
    """What a text holds: a request that RBAC denied, refusals that are not RBAC's, or both."""

    question: ErrorQuestion | None
    not_rbac: tuple[NotRbac, ...]
    remarks: tuple[str, ...] = ()


def pasted_error(text: str, env: Environment) -> PastedError:
    """
    Return the refusals in *text*; `-` stands for the text on standard input. The last question counts.

    Raises UnreadableInput if *text* holds no refusal that this program knows, or one that is cut off.
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
    cut = [refusal for refusal in refusals if isinstance(refusal, CutError)]
    not_rbac = tuple(refusal for refusal in refusals if isinstance(refusal, NotRbac))
    if cut and not questions and not not_rbac:
        raise UnreadableInput(
            f"the error text is cut off: {cut[-1].missing} is missing or incomplete",
            hint=f"ask in words: `{_in_words(cut[-1])}`",
        )
    question = questions[-1] if questions else None
    return PastedError(question, not_rbac, tuple(_remarks(refusals, questions)))


def _remarks(refusals: Sequence[Refusal], questions: Sequence[ErrorQuestion]) -> Iterator[str]:
    more = len(questions) - 1
    if more > 0:
        errors = "error" if more == 1 else "errors"
        yield f"the text holds {more} more such {errors}: this is about the last"
    if isinstance(refusals[-1], CutError):
        before = ": this is about the one before it" if questions else ""
        yield f"the last error in the text is cut off{before}; ask in words: `{_in_words(refusals[-1])}`"
    if questions and '"' in questions[-1].user:
        yield "the quotes are part of the user's name: perhaps `--oidc-username-prefix` was quoted twice"


def _in_words(cut: CutError) -> str:
    """Return the command line that asks what the text meant, with words in capitals for what is missing."""
    user = parse_subject(cut.user) or Subject(USER, cut.user) if cut.user else None
    who = quote(reference(user)) if user else "SUBJECT"
    scope = "" if cut.resource.startswith("/") else " -n NAMESPACE"
    return f"explain {who} {cut.verb or 'VERB'} {cut.resource or 'TYPE'}{scope}"
