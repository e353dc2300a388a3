"""Versions of releases, parsed from tags and compared in the order of release, and ranges of versions."""

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
    """A release (*numbers*), or a pre-release of it (*before*: `alpha.7`), which compares as lower."""

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
    """Return the version that *text* is, such as `2.5.0` or `v1.10.0-rc.1`, or None if it is not one."""
    match = _VERSION.fullmatch(text)
    if not match:
        return None
    numbers = tuple(int(number) for number in match["numbers"].split("."))
    return Version(numbers, (match["before"] or "").lower())


def image_version(image: str) -> Version | None:
    """Return the version in the tag of *image*, without a fork's suffix (`2.5.0-ours`), or None."""
    _, colon, tag = image.partition("@")[0].rpartition(":")
    if not colon or "/" in tag:
        return None  # there is no tag: the colon comes before a port
    match = _VERSION.match(tag)
    return version(match[0]) if match and not tag[match.end() :][:1].isalnum() else None


class Versions(Struct, frozen=True):
    """The releases from *first* to *last*, inclusive. An empty string means that there is no limit."""

    first: str
    last: str = ""

    def has(self, release: Version) -> bool:
        """Whether *release* is in the range."""
        first, last = version(self.first), version(self.last)
        return (first is None or first <= release) and (last is None or release <= last)

    def __str__(self) -> str:
        if not self.last:
            return f">= {self.first}" if self.first else "all"
        if not self.first:
            return f"<= {self.last}"
        return self.first if self.first == self.last else f"{self.first} - {self.last}"
