"""What all results of `diff` for code scanning have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from kubectl_kfaccess.findings.accepted import Accepted
from kubectl_kfaccess.output.results import Rule
from kubectl_kfaccess.rbac.overlay import ObjectKey

_DIGITS = 32


def make_rule(name: str, title: str, fix: str, level: str, severity: str) -> Rule:
    """Return a rule, whose help is its title and what to do."""
    return Rule(name, title, f"{title}\n{fix}", f"{title}\n\n**Fix:** {fix}", level, severity)


def fingerprint(kind: Rule, key: ObjectKey, *names: Iterable[str]) -> str:
    """Return the same digits for the same kind of change of the same *names* by the object *key*."""
    parts = (part for each in names for part in dict.fromkeys(sorted(each)))
    text = "\0".join((kind.id, *key, *parts))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def shared(accepted: Sequence[Accepted | None]) -> Accepted | None:
    """Return why all changes are expected, None if one of them is not."""
    return accepted[0] if all(accepted) else None
