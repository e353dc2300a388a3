"""The words of a command line: flags with their values, and arguments, in any order as in kubectl."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

END_OF_FLAGS = "--"
_NUMBER = re.compile(r"-\d+")


class Flag(NamedTuple):
    """A flag as it was typed, and its value; None if it has none. *is_known*: there is such a flag."""

    spelling: str
    value: str | None = None
    is_known: bool = True


class Argument(NamedTuple):
    """A word that is neither a flag nor a flag's value, and its index among the words."""

    text: str
    place: int


def parts(words: Sequence[str], known: Mapping[str, argparse.Action]) -> Iterator[Flag | Argument]:
    """
    Yield the flags and arguments in *words*, in their order; `--` ends flags.

    *known* has the flags that exist, by spelling. An unknown flag has the value that is joined to it.
    """
    at = 0
    while at < len(words):
        word, at = words[at], at + 1
        if word == END_OF_FLAGS:
            yield from (Argument(text, place) for place, text in enumerate(words[at:], at))
            return
        if not _is_flag(word, known):
            yield Argument(word, at - 1)
            continue
        *switches, flag = _flags(word, known)
        yield from switches
        waits = flag.is_known and flag.value is None and known[flag.spelling].nargs is None
        if waits and _is_value(words[at : at + 1], known):
            flag, at = Flag(flag.spelling, words[at]), at + 1
        yield flag


def _is_value(following: Sequence[str], known: Mapping[str, argparse.Action]) -> bool:
    """Whether *following*, the next word if there is one, is a value: a flag and `--` are none."""
    return bool(following) and following[0] != END_OF_FLAGS and not _is_flag(following[0], known)


def _is_flag(word: str, known: Mapping[str, argparse.Action]) -> bool:
    """Whether *word* is a flag; a text with blanks and a negative number are none."""
    if not word.startswith("-") or word == "-" or _NUMBER.fullmatch(word):
        return False
    return " " not in word or word.partition("=")[0] in known or word[:2] in known


def _flags(word: str, known: Mapping[str, argparse.Action]) -> Iterator[Flag]:
    """Yield the flags in *word*, which are several if short flags share it: `-qA`."""
    if word.startswith("--"):
        spelling, equals, value = word.partition("=")
        yield Flag(spelling, value if equals else None, spelling in known)
        return
    spelling, rest = word[:2], word[2:]
    action = known.get(spelling)
    if action is None:
        yield Flag(word.partition("=")[0], None, is_known=False)
    elif not rest:
        yield Flag(spelling)
    elif rest.startswith("=") or action.nargs != 0:
        yield Flag(spelling, rest.removeprefix("="))
    else:
        yield Flag(spelling)
        yield from _flags(f"-{rest}", known)
