"""
Typos in VERB and TYPE: an error, because an answer to a word that nothing knows reads like a no.

A type is certainly a typo if the types of all groups that could have it are known, and the rules that could
name it. RBAC allows any verb, so an unknown one is a typo only if it is close to a known one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.errors import ErrorCode, UsageError
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.resolve.resource_words import ResourceWords
from kubectl_kfaccess.resolve.unknown_words import UnknownWord

RESOURCE_TYPES = "resource types"
"""What a gap is about if an API group did not answer discovery."""

_ROLES = ("clusterroles", "roles")
_LISTS = "`resources` lists what this tool knows, `kubectl api-resources` the rest"


def check_words(pairs: Iterable[ResourceWords], snapshot: Snapshot, *, live: bool) -> tuple[Gap, ...]:
    """
    Return the gaps that leave open whether a type is a typo, with the answer to it.

    Raises UsageError if a verb or a type certainly is a typo. *live* says that a server was asked for its
    types.
    """
    unknown = [(word, pair) for pair in pairs for word in pair.unknown_words(snapshot) if _is_likely(word)]
    doubts = {word: tuple(_doubts(word, pair, snapshot)) for word, pair in unknown}
    check_typos((word for word, gaps in doubts.items() if not gaps), live=live)
    return tuple(sorted({gap for gaps in doubts.values() for gap in gaps}))


def check_typos(typos: Iterable[UnknownWord], *, live: bool) -> None:
    """Raise UsageError if there are any *typos*."""
    words = tuple(typos)
    if not words:
        return
    raise UsageError(
        "; ".join(_message(word, live=live) for word in words),
        hint=f"{_joined(word.hint or _LISTS for word in words)} ({_asks_all_the_same(words[0])})",
        code=words[0].code,
    )


def _is_likely(word: UnknownWord) -> bool:
    """Whether an unknown word is a typo if nothing speaks against it: any verb can be in a rule."""
    return word.code is ErrorCode.UNKNOWN_TYPE or bool(word.likely)


def _doubts(word: UnknownWord, pair: ResourceWords, snapshot: Snapshot) -> Iterator[Gap]:
    """Yield why a type can exist although nothing knows it; a close known word counts more than a rule."""
    if word.word != pair.target.type:  # a verb, or a subresource of a known type
        return
    if pair.unanswered is None:
        yield _gap(f"discovery is refused, and `{word.word}` may be a type of this server")
    for group in pair.unanswered_groups():
        yield _gap(f"the API group `{group}` did not answer, and `{word.word}` may be a type of it")
    if not word.likely:
        yield from (gap for gap in snapshot.gaps if gap.resource in _ROLES)


def _gap(reason: str) -> Gap:
    return Gap(RESOURCE_TYPES, "", reason, ErrorCode.UNREACHABLE)


def _message(word: UnknownWord, *, live: bool) -> str:
    if word.code is ErrorCode.UNKNOWN_VERB:
        return f"unknown verb `{word.word}`: no rule and no API has it"
    if live:
        return f"the server doesn't have a resource type `{word.word}`"
    return f"unknown resource type `{word.word}`: no rule and no API in the files has it"


def _joined(hints: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(hints)).replace("?; ", "? ")


def _asks_all_the_same(word: UnknownWord) -> str:
    is_verb = word.code is ErrorCode.UNKNOWN_VERB
    return f"--any-type asks about {'verbs that no rule has' if is_verb else 'names that no API serves'}"
