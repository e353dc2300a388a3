"""
Tokens for names: `name0003` for `alice`, `name0003@name0007` for `alice@example.com`.

Tokens sort as the names do. If two names differ in case alone, so do their tokens. If KFAM or the dashboard
makes the same name of two others (`a.b` and `a-b`), it makes the same name of their tokens, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain, count

_WORD = "name"
_EDGES = re.compile(r"^[\W_]*|[\W_]*$")
_OTHER = re.compile(r"[\W_]+")
_SEPARATORS = "-._+:/"


def dashed(name: str) -> str:
    """Return the name in lower case with dashes, as KFAM and the registration page write it."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def core(name: str) -> str:
    """Return the name without punctuation at its ends: `team-a` for `/team-a`."""
    return _EDGES.sub("", name)


def atoms(name: str) -> tuple[str, ...]:
    """Return the parts that get a token each: what is before and after the last `@`."""
    local, at, domain = name.rpartition("@")
    return tuple(filter(None, map(core, (local, domain) if at else (name,))))


class Tokens:
    """The tokens of *names*; those of *kept* stay."""

    def __init__(self, names: Iterable[str], kept: frozenset[str]) -> None:
        self.names = frozenset(names)
        parts = {atom for name in self.names for atom in atoms(name)} - kept
        # what KFAM makes of a whole address is made of its parts, so it needs no token of its own
        made = {dashed(name): name for name in sorted(self.names) if "@" in name and dashed(name) not in kept}
        self._by_atom = _numbered(parts - made.keys(), self.names)
        self._made = {text: dashed(self.of_parts(name)) for text, name in made.items()}

    def of(self, name: str) -> str:
        """Return the token of a name or of a part of one; what is kept is returned as it is."""
        return self._made.get(name) or self.of_parts(name)

    def of_parts(self, name: str) -> str:
        """Return a name with the tokens of its parts."""
        local, at, domain = name.rpartition("@")
        return f"{self._atom(local)}@{self._atom(domain)}" if at else self._atom(name)

    def _atom(self, text: str) -> str:
        middle = core(text)
        if middle not in self._by_atom:
            return text
        start = text.index(middle)
        return f"{text[:start]}{self._by_atom[middle]}{text[start + len(middle) :]}"

    def parts(self) -> Mapping[str, str]:
        """Return the token of each part of a name."""
        return self._by_atom


def _numbered(parts: Iterable[str], names: frozenset[str]) -> dict[str, str]:
    """Return the token of each part: alike parts have the same number."""
    alike: dict[str, list[str]] = {}
    for part in sorted(parts):
        alike.setdefault(_OTHER.sub("-", part.lower()), []).append(part)
    groups = sorted(alike.values(), key=lambda group: min(_sort_key(part, names) for part in group))
    width = max(4, len(str(len(groups))))
    tokens: dict[str, str] = {}
    used: set[str] = set()
    for number, group in enumerate(groups, start=1):
        differ = len({_separators(part) for part in group}) > 1
        for part in group:
            tokens[part] = next(
                token for token in _candidates(part, f"{number:0{width}}", differ) if token not in used
            )
            used.add(tokens[part])
    return tokens


def _sort_key(part: str, names: frozenset[str]) -> str:
    """Return what the part sorts by: one that comes before an `@` sorts with it."""
    return part.lower() if part in names else f"{part.lower()}@"


def _separators(part: str) -> str:
    return "".join(_OTHER.findall(part))


def _candidates(part: str, number: str, differ: bool) -> Iterable[str]:
    """Yield tokens for a part, the best first: in its case, and with its separator if others differ in it."""
    own = _separators(part)[:1]
    endings = [f"{mark}x" for mark in dict.fromkeys((own, *_SEPARATORS)) if mark] if differ else [""]
    for ending in chain(endings, (f"-x{more}" for more in count(2))):
        yield from (f"{word}{number}{ending}" for word in _words(part))


def _words(part: str) -> Iterable[str]:
    """Yield the word in the cases that fit: in lower case alone for a part in lower case."""
    if part == part.lower():
        yield _WORD
        return
    is_upper = part[0] != part[0].lower()
    patterns = range(1, 1 << len(_WORD))
    fitting = (pattern for pattern in patterns if bool(pattern & 1) is is_upper)
    for pattern in fitting:
        yield "".join(c.upper() if pattern >> at & 1 else c for at, c in enumerate(_WORD))
