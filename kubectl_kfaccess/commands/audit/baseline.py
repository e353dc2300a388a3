"""The findings that were there before: of a snapshot, or of an earlier answer as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.audit.arguments import KIND
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ErrorCode, UnreadableInput
from kubectl_kfaccess.findings.accepted import Accepted
from kubectl_kfaccess.findings.finding import Finding, in_order
from kubectl_kfaccess.output.shapes import fingerprint

_HEAD = 200
LARGEST = 256 * 1024 * 1024
"""The number of bytes of the file that are read."""


class Baseline(Struct, frozen=True):
    """The *fingerprints* of the findings in the file *path*; ("", none) without a file."""

    path: str = ""
    fingerprints: frozenset[str] = frozenset()

    def marked(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return *findings*, those that were there before as accepted."""
        if not self.path:
            return tuple(findings)
        known = Accepted(f"was there before, by {self.path}")
        return in_order(
            replace(each, accepted=known) if fingerprint(each) in self.fingerprints else each
            for each in findings
        )


def is_answer(path: str, env: Environment) -> bool:
    """Return whether the file begins as an answer of `audit` does: snapshots begin alike."""
    try:
        with (env.cwd / path).open("rb") as stream:
            start = stream.read(_HEAD)
    except OSError:
        return False
    return re.search(rb'"kind":\s*"' + KIND.encode() + b'"', start) is not None


def from_json(path: str, env: Environment) -> Baseline:
    """Return the baseline that `audit -o json` wrote to *path*; raises UnreadableInput if it is none."""
    try:
        with (env.cwd / path).open("rb") as stream:
            document = json.loads(stream.read(LARGEST))
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, str(error)) from error
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise _unreadable(path, "it is no answer of `audit`")
    return Baseline(path, frozenset(_fingerprints(document.get("items"))))


def _fingerprints(items: object) -> Iterator[str]:
    for item in items if isinstance(items, list) else ():
        digits = item.get("fingerprint") if isinstance(item, dict) else None
        if isinstance(digits, str):
            yield digits


def _unreadable(path: str, reason: str) -> UnreadableInput:
    return UnreadableInput(
        f"{path}: {reason}",
        hint="give a snapshot, or what `audit -o json` printed",
        code=ErrorCode.UNREADABLE_INPUT,
    )
