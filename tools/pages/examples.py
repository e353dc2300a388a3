"""
`python -m tools.pages.examples`: runs the examples of the documentation anew, and writes what they print.

An example is a line `$ kubectl kfaccess …` in a block of a console, with what stdout shows below it, or
`$ echo $?` with the status of the command before. Read what changes: a page says what the program does, and
not the other way round.
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
    """A line that is typed, the command whose answer or status it shows, and what stands below it."""

    line: str
    command: str
    output: str

    @property
    def runs(self) -> bool:
        """Whether it is a line of ours."""
        return bool(self.command) and self.line.startswith((PROMPT, STATUS))

    def actual(self) -> str:
        """What is really printed."""
        result = run(*shlex.split(self.command.removeprefix(PROMPT)))
        return f"{result.status}\n" if self.line == STATUS else result.stdout


def examples(text: str) -> Iterator[Example]:
    """The examples of a page."""
    for block in BLOCK.findall(text):
        yield from _of_block(block)


def filled(text: str) -> str:
    """A page with what its examples really print."""
    return BLOCK.sub(lambda found: f"```console\n{''.join(_written(found[1]))}```", text)


def _written(block: str) -> Iterator[str]:
    for one in _of_block(block):
        yield f"{one.line}\n{one.actual() if one.runs else one.output}"


def _of_block(block: str) -> Iterator[Example]:
    command = ""
    for part in re.split(r"^(?=\$ )", block, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        command = line if line.startswith(PROMPT) else command
        yield Example(line, command, output)


def main() -> None:
    """Write the pages anew."""
    for page in PAGES:
        file = REPOSITORY / page
        file.write_text(filled(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
