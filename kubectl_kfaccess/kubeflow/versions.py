"""Versions of releases: read from tags, compared as their makers count them, and ranges of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

from msgspec import Struct

_VERSION = re.compile(
    r"v?(?P<numbers>\d{1,6}\.\d{1,6}\.\d{1,6})(?:-(?P<before>(?:alpha|beta|rc)[.-]?\d{0,6}(?:\.\d{1,6})?))?",
    re.ASCII | re.IGNORECASE,
)
_RELEASED = (1, "", ())


@total_ordering
@dataclass(frozen=True)
class Version:
    """A release, or (*before*: `alpha.7`) one on the way to it, which is less."""

    numbers: tuple[int, ...]
    before: str = ""

    def __lt__(self, other: Version) -> bool:
        return self._order < other._order

    def __str__(self) -> str:
        return ".".join(map(str, self.numbers)) + (f"-{self.before}" if self.before else "")

    @property
    def _order(self) -> tuple[tuple[int, ...], tuple[int, str, tuple[int, ...]]]:
        word = re.match(r"[a-z]*", self.before)
        count = tuple(int(number) for number in re.findall(r"\d+", self.before))
        return self.numbers, (0, word[0], count) if self.before and word else _RELEASED


def version(text: str) -> Version | None:
    """Return the version that *text* begins with and is, `2.5.0`, `v1.10.0-rc.1`; None when it is none."""
    found = _VERSION.fullmatch(text)
    if not found:
        return None
    numbers = tuple(int(number) for number in found["numbers"].split("."))
    return Version(numbers, (found["before"] or "").lower())


def of_image(image: str) -> Version | None:
    """Return the version in an image's tag; what a fork puts behind it (`2.5.0-ours`) is passed over."""
    _, colon, tag = image.partition("@")[0].rpartition(":")
    if not colon or "/" in tag:
        return None  # no tag; the colon was that of a port
    found = _VERSION.match(tag)
    return version(found[0]) if found and not tag[found.end() :][:1].isalnum() else None


class Versions(Struct, frozen=True):
    """The releases from *first* to *last*, both counted; "" stands for the one that is still to come."""

    first: str
    last: str = ""

    def has(self, one: Version) -> bool:
        """Whether *one* is among them."""
        first, last = version(self.first), version(self.last)
        return (first is None or first <= one) and (last is None or one <= last)

    def __str__(self) -> str:
        if not self.last:
            return f">= {self.first}" if self.first else "all"
        if not self.first:
            return f"<= {self.last}"
        return self.first if self.first == self.last else f"{self.first} - {self.last}"
