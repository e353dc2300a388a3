"""The report of `snapshot`: the document, or a line about the file."""

from __future__ import annotations

from kubectl_kfaccess.commands.snapshot.answer import Printed, Written
from kubectl_kfaccess.commands.snapshot.arguments import KIND, Options
from kubectl_kfaccess.output.blocks import Code, Sentence
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.terminal.safe_text import shown


def report(value: Printed | Written, _options: Options) -> Report:
    """Return the report."""
    if isinstance(value, Printed):
        return Report(KIND, blocks=(Code((value.text,), "json"),))
    return Report(KIND, blocks=(Sentence(_written(value)),))


def _written(value: Written) -> str:
    names = ", without names" if value.anonymized else ""
    rest = f"; {value.gaps} lists could not be read" if value.gaps > 1 else ""
    rest = "; 1 list could not be read" if value.gaps == 1 else rest
    return f"wrote {shown(value.file)}: {value.objects:,} objects, {_size(value.size)}{names}{rest}"


def _size(count: int) -> str:
    """Return a number of bytes in words, as `ls -h` rounds it."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:,.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"
