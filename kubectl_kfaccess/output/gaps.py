"""Gaps (what could not be read) as lines for people, without the repetitions that machine formats keep."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kubectl_kfaccess.rbac.snapshot import NOT_IN_SNAPSHOT, Gap

_MOST_PLACES = 3
# The API server's message, which repeats the resource and the namespace
_FORBIDDEN = re.compile(
    r'\S+(?: "[^"]*")? is forbidden: User "(.*?)" cannot \S+ resource "[^"]*" in API group "[^"]*" '
    r'(?:at the cluster scope|in the namespace "[^"]*")'
)


def lines(gaps: Iterable[Gap], word: str = "warning", cost: str = "") -> Iterator[str]:
    """
    Yield one line that starts with *word* for each reason, with the resources and namespaces it is for.

    Those of the whole cluster come first. *cost* is what they cost all together, at the end of the last line.
    """
    unread = tuple(gaps)
    yield from dict.fromkeys(f"{word}: {gap.reason}" for gap in unread if gap.is_of_files)
    by_place: dict[tuple[str, str, str], dict[str, None]] = {}
    for gap in (gap for gap in unread if not gap.is_of_files):
        verb = "read" if gap.is_of_settings else "list"
        by_place.setdefault((verb, gap.namespace, _short(gap.reason)), {})[gap.resource] = None
    alike: dict[tuple[str, str, bool], list[str]] = {}
    for (verb, namespace, reason), resources in by_place.items():
        alike.setdefault((f"{verb} {', '.join(resources)}", reason, bool(namespace)), []).append(namespace)
    by_reason: dict[str, list[str]] = {}
    for (what, reason, is_inside), places in sorted(alike.items(), key=lambda entry: entry[0][2]):
        by_reason.setdefault(reason, []).append(f"{what}{_places(places) if is_inside else ''}")
    sentences = [f"{word}: cannot {', nor '.join(texts)}: {reason}" for reason, texts in by_reason.items()]
    yield from sentences[:-1]
    yield from (f"{sentence}{f'; {cost}' if cost else ''}" for sentence in sentences[-1:])


def short(text: str) -> str:
    """Return *text* without the resource and the namespace that the API server's message repeats."""
    return _FORBIDDEN.sub(r"forbidden to `\1`", text)


def _short(reason: str) -> str:
    """Return *reason*, shortened if it consists of the API server's message alone."""
    return short(reason) if _FORBIDDEN.fullmatch(reason.removeprefix(NOT_IN_SNAPSHOT)) else reason


def _places(names: list[str]) -> str:
    """Return the namespaces as the end of a phrase, the first few of many; "" for the whole cluster."""
    if names == [""]:
        return ""
    shown = names if len(names) <= _MOST_PLACES else names[: _MOST_PLACES - 1]
    more = f" and {len(names) - len(shown):,} more" if len(names) > len(shown) else ""
    word = "namespace" if len(names) == 1 else "namespaces"
    return f" in {word} {', '.join(f'`{name}`' for name in shown)}{more}"
