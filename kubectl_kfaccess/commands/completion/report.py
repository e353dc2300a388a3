"""The report of `completion`."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.completion.answer import FilesDone, Script, Status
from kubectl_kfaccess.commands.completion.arguments import KIND, Options
from kubectl_kfaccess.output.blocks import Block, Code, Paragraph, Sentence
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.terminal.safe_text import line


def report(value: Script | Status | FilesDone, options: Options) -> Report:
    """Return the report."""
    if isinstance(value, Script):
        return Report(KIND, blocks=(Code((value.text,), options.action),))
    if isinstance(value, Status):
        return Report(KIND, blocks=tuple(_status(value)))
    done = value.lines or (f"nothing to {value.action}",)
    return Report(KIND, blocks=(Paragraph(tuple(map(line, done))),))


def _status(value: Status) -> Iterator[Block]:
    width = max(len(part.name) for part in value.parts)
    yield Paragraph(tuple(f"{part.name:{width}}   {line(part.state)}" for part in value.parts))
    missing = [f"  {part.name}: {line(part.fix)}" for part in value.parts if part.fix]
    yield Paragraph(("to fix:", *missing)) if missing else Sentence("nothing is missing")
