"""`--from-error`: an error that somebody got, as the question."""

from __future__ import annotations

import argparse

from msgspec import Struct

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.resolve.error_texts import ErrorQuestion, NotRbac, understood

MOST_BYTES = 1_000_000


class Pasted(Struct, frozen=True):
    """What a text holds: a question of RBAC, or what it is instead, or both."""

    question: ErrorQuestion | None
    advice: tuple[NotRbac, ...]
    remarks: tuple[str, ...] = ()

    @property
    def text(self) -> tuple[str, ...]:
        """The lines about what is not RBAC."""
        lines = (
            line
            for one in self.advice
            for line in (f"not RBAC: {one.what}", *(f"  - {a}" for a in one.advice))
        )
        return tuple(f"{line}\n" for line in lines)


def pasted(args: argparse.Namespace, env: Environment) -> Pasted:
    """Return what the error in the arguments, or on standard input, is about."""
    text = args.from_error
    if text == "-":
        if "-" in args.filename:
            raise UsageError("standard input can be read once: `--from-error -` and `-f -` both read it")
        text = env.stdin.read(MOST_BYTES).decode("utf-8", "replace")
    found = understood(text)
    questions = [one for one in found if isinstance(one, ErrorQuestion)]
    advice = tuple(one for one in found if isinstance(one, NotRbac))
    if not found:
        raise UsageError(
            "the error text is not understood: it holds no question about access",
            hint="ask in words: `explain SUBJECT VERB TYPE -n NAMESPACE`",
        )
    more = len(questions) - 1
    remarks = (f"the text holds {more} more such errors: this is about the first",) if more > 0 else ()
    return Pasted(questions[0] if questions else None, advice, remarks)
