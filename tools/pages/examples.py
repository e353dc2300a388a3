"""
`python -m tools.pages.examples`: run the examples in the documentation, and replace what they print.

An example is a line `$ kubectl kfaccess …` in a `console` block, followed by its output, or `$ echo $?`,
followed by the status of the command before it. Read the diff: a changed example can also be a bug.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from tools.command_line import REPOSITORY, run

PAGES = ("README.md", *sorted(f"docs/{file.name}" for file in (REPOSITORY / "docs").glob("*.md")))
BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
PROMPT = "$ kubectl kfaccess "
STATUS = "$ echo $?"


class Example(NamedTuple):
    """A line that is typed, the last command of ours up to it ("" for none), and the output in the page."""

    line: str
    command: str
    output: str

    @property
    def runs(self) -> bool:
        """Whether we can run the line."""
        return bool(self.command) and self.line.startswith((PROMPT, STATUS))

    def actual(self) -> str:
        """Return what the line prints now."""
        result = run(*shlex.split(self.command.removeprefix(PROMPT)))
        return f"{result.status}\n" if self.line == STATUS else result.stdout


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
