"""
`python -m tools.pages.examples`: run the examples in the documentation, and replace what they print.

An example is a line `$ kubectl kfaccess …` in a `console` block, followed by its output, or `$ echo $?`,
followed by the status of the command before it. The output is what a terminal of 100 columns shows, without
stderr; a line with a pipe or with `-o` is for programs, and writes into a pipe. Read the diff: a changed
example can also be a bug.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tools.command_line import REPOSITORY
from tools.terminal import Shown, on_terminal, piped

PAGES = (
    "README.md",
    "SECURITY.md",
    *sorted(f"docs/{file.name}" for file in (REPOSITORY / "docs").glob("*.md")),
)
BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
PROMPT = "$ kubectl kfaccess "
STATUS = "$ echo $?"
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
COLUMNS = 100


class Example(NamedTuple):
    """A line that is typed, the last command of ours up to it ("" for none), and the output in the page."""

    line: str
    command: str
    output: str

    @property
    def runs(self) -> bool:
        """Whether we can run the line."""
        return bool(self.command) and self.line.startswith((PROMPT, STATUS))

    @property
    def is_for_programs(self) -> bool:
        """Whether the output of the command goes into a pipe or a file, or is in a format of its own."""
        words = QUOTED.sub("", self.command)
        return bool(re.search(r"[|>]| (?:-o|--output\b)", words))

    def actual(self) -> str:
        """Return what the line prints now."""
        shown = self._shown()
        return f"{shown.status}\n" if self.line == STATUS else shown.text

    def _shown(self) -> Shown:
        line = self.command.removeprefix("$ ")
        return piped(line) if self.is_for_programs else on_terminal(COLUMNS, line)


def examples(text: str) -> Iterator[Example]:
    """Yield the examples in the text of a page."""
    for block in BLOCK.findall(text):
        yield from _of_block(block)


def filled(text: str) -> str:
    """Return the text of a page with what its examples print now."""
    return BLOCK.sub(lambda match: f"```console\n{''.join(_written(match[1]))}```", text)


def _written(block: str) -> Iterator[str]:
    for example in _of_block(block):
        yield f"{example.line}\n{example.actual() if example.runs else example.output}"


def _of_block(block: str) -> Iterator[Example]:
    command = ""
    for part in re.split(r"^(?=\$ )", block, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        command = line if line.startswith(PROMPT) else command
        yield Example(line, command, output)


def main() -> None:
    """Write every page."""
    for page in PAGES:
        file = REPOSITORY / page
        file.write_text(filled(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
