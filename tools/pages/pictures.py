"""
`python -m tools.pages.pictures`: write the documentation's pictures of terminals from real output.

A picture is an SVG of the lines that a terminal of a given width shows, colours included.
"""

from __future__ import annotations

import io
import re
import shlex
from html import escape
from pathlib import Path

from kubectl_kfaccess import cli
from kubectl_kfaccess.environment import Environment
from tools.command_line import NOWHERE, REPOSITORY

FOLDER = REPOSITORY / "docs"
PICTURES = {
    "access-80.svg": (80, "access alice@example.com --demo"),
    "access-200.svg": (200, "access alice@example.com --area serving,secrets,identity -o wide --demo"),
}
WIDTH, HEIGHT, MARGIN = 8.4, 18, 12
INK = {
    "2": "#8b949e", "31": "#f85149", "32": "#3fb950", "33": "#d29922",
}  # fmt: skip
PART = re.compile(r"\x1b\[([0-9;]+)m(.*?)\x1b\[0m|([^\x1b]+)")


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def screen(columns: int, command: str) -> str:
    """Return what *command* writes to stdout on a terminal with that number of *columns*."""
    stdout = Terminal(newline="")
    environ = {**NOWHERE, "COLUMNS": str(columns), "TERM": "xterm-256color"}
    env = Environment(
        io.BytesIO(), stdout, io.StringIO(), environ, Path("/"), root_directory=Path("/nonexistent")
    )
    cli.run(shlex.split(command), env)
    return stdout.getvalue()


def picture(columns: int, command: str) -> str:
    """Return an SVG of the command line and of what it writes to a terminal of *columns*."""
    lines = [f"$ kubectl kfaccess {command}", *screen(columns, command).splitlines()]
    width, height = columns * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}"'
        f' viewBox="0 0 {width:.0f} {height}" role="img">\n'
        f"<title>{escape(command)}</title>\n"
        '<rect width="100%" height="100%" rx="8" fill="#0d1117"/>\n'
        '<g font-family="ui-monospace, DejaVu Sans Mono, monospace" font-size="14" fill="#e6edf3">\n'
    )
    return head + "".join(_line(number, text) for number, text in enumerate(lines)) + "</g>\n</svg>\n"


def _line(number: int, text: str) -> str:
    """Return the SVG elements of a line, which is the *number*th from 0 and has ANSI colours."""
    y, at, parts = MARGIN + (number + 0.75) * HEIGHT, 0, []
    for code, word, plain in PART.findall(text):
        for run in re.finditer(r"\S+(?: \S+)*", word or plain):
            shown = run[0]
            x = MARGIN + (at + run.start()) * WIDTH
            ink = f' fill="{INK[code]}"' if code in INK else ""
            ink += ' font-weight="bold"' if code == "1" else ""
            # Every word gets its own position, so that columns align in any monospaced font
            parts.append(
                f'<text x="{x:.1f}" y="{y:.1f}" textLength="{len(shown) * WIDTH:.1f}"{ink}'
                f' xml:space="preserve">{escape(shown)}</text>\n'
            )
        at += len(word or plain)
    return "".join(parts)


def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(exist_ok=True)
    for name, (columns, command) in PICTURES.items():
        (FOLDER / name).write_text(picture(columns, command), encoding="utf-8")


if __name__ == "__main__":
    main()
