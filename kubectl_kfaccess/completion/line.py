"""The finished words of a command line, read as the parser would read them, and without errors."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_kfaccess.completion.words import Flag, Words


class Line:
    """
    The words before the unfinished one.

    *waiting* is the flag whose value comes next. The line is *closed* after `--`: no flag can follow. *given*
    has the values of each flag, by its `dest`.
    """

    def __init__(self, words: Words, done: Iterable[str]) -> None:
        self.words = words
        self.command = ""
        self.unknown = False  # there is no such command
        self.positionals: list[str] = []
        self.given: dict[str, list[str]] = {}
        self.waiting: Flag | None = None
        self.closed = False
        self.flags = words.flags("")
        for word in done:
            self._take(word)

    def flag(self, spelling: str) -> Flag | None:
        """Return the flag with this spelling, None if the line cannot have it."""
        known = self.flags if self.command else self.words.every_flag()  # a command's flag can be before it
        return next((flag for flag in known if spelling in flag.spellings), None)

    def value(self, dest: str) -> str:
        """Return the last value of a flag; "" if it was not given."""
        return self.given.get(dest, [""])[-1]

    def _take(self, word: str) -> None:
        if self.waiting:
            self._give(self.waiting, word)
            self.waiting = None
        elif self.closed or not word.startswith("-") or word == "-":
            self._take_positional(word)
        elif word == "--":
            self.closed = True
        elif word.startswith("--"):
            self._take_long(word)
        else:
            self._take_short(word)

    def _take_positional(self, word: str) -> None:
        if self.command or self.unknown:
            self.positionals.append(word)
            return
        self.command = self.words.command(word)
        self.unknown = not self.command
        self.flags = self.words.flags(self.command)

    def _take_long(self, word: str) -> None:
        spelling, equals, value = word.partition("=")
        flag = self.flag(spelling)
        if flag and flag.takes and not equals and not flag.joined:
            self.waiting = flag
        elif flag:
            self._give(flag, value)

    def _take_short(self, word: str) -> None:
        """Take `-A`, `-n VALUE`, `-nVALUE`, or several flags in one word: `-qA`."""
        flag, rest = self.flag(word[:2]), word[2:]
        if flag and flag.takes and not rest:
            self.waiting = flag
        elif flag:
            self._give(flag, rest if flag.takes else "")
        if flag and not flag.takes and rest:
            self._take_short(f"-{rest}")

    def _give(self, flag: Flag, value: str) -> None:
        self.given.setdefault(flag.dest, []).append(value)
