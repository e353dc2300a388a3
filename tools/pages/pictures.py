"""
`python -m tools.pages.pictures`: write the documentation's pictures of terminals from real output.

A picture is an SVG of the lines that a terminal of a given width shows, colours included. There are two of
each, for light and dark pages: only `<picture>` follows the theme that a reader chose on GitHub, while a
media query inside an SVG follows the reader's system.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from kubectl_kfaccess.terminal.wrapping import width
from tools.command_line import REPOSITORY
from tools.terminal import on_terminal

FOLDER = REPOSITORY / "docs" / "pictures"
CELL, LINE, MARGIN = 8.4, 18, 12
PART = re.compile(r"\x1b\[([0-9;]+)m(.*?)\x1b\[0m|([^\x1b]+)")


class Picture(NamedTuple):
    """The width of a terminal, and the command line whose output it shows."""

    columns: int
    command: str

    @property
    def line(self) -> str:
        """The line as it is typed."""
        return f"kubectl kfaccess {self.command}"


class Theme(NamedTuple):
    """The colours of a page: of the paper, its border and plain text, and of ANSI codes."""

    paper: str
    border: str
    plain: str
    inks: dict[str, str]


PICTURES = {
    "access-80": Picture(80, "access alice@example.com --demo"),
    "explain-100": Picture(100, "explain grace@example.com create inferenceservices -n team-b --demo"),
    "profiles-100": Picture(100, "profiles team-a --demo"),
    "audit-100": Picture(100, "audit --demo"),
    "diff-100": Picture(100, "diff -f examples/new-binding.yaml --demo"),
    "access-200": Picture(200, "access alice@example.com --area serving,secrets,identity -o wide --demo"),
}
# GitHub's own colours. Codes: 2 faint, 31 red, 32 green, 33 yellow
THEMES = {
    "light": Theme(
        "#ffffff",
        "#d1d9e0",
        "#1f2328",
        {"2": "#656d76", "31": "#cf222e", "32": "#1a7f37", "33": "#9a6700"},
    ),
    "dark": Theme(
        "#0d1117",
        "#3d444d",
        "#e6edf3",
        {"2": "#8b949e", "31": "#f85149", "32": "#3fb950", "33": "#d29922"},
    ),
}


def screen(picture: Picture) -> list[str]:
    """Return the lines that the terminal shows, with escape sequences for colours."""
    return on_terminal(picture.columns, picture.line, has_colors=True).text.splitlines()


def drawn(picture: Picture, theme: Theme) -> str:
    """Return an SVG of the command line and of what the terminal shows."""
    lines = [f"$ {picture.line}", *screen(picture)]
    across, down = picture.columns * CELL + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{across:.0f}" height="{down}"'
        f' viewBox="0 0 {across:.0f} {down}" role="img">\n'
        f"<title>{escape(picture.line)}</title>\n"
        f'<rect x="0.5" y="0.5" width="{across - 1:.0f}" height="{down - 1}" rx="8"'
        f' fill="{theme.paper}" stroke="{theme.border}"/>\n'
        f'<g font-family="ui-monospace, DejaVu Sans Mono, monospace" font-size="14" fill="{theme.plain}">\n'
    )
    body = "".join(part for number, text in enumerate(lines) for part in _line(number, text, theme))
    return f"{head}{body}</g>\n</svg>\n"


def _line(number: int, text: str, theme: Theme) -> Iterator[str]:
    """Yield the SVG elements of a line, which is the *number*th from 0 and has ANSI colours."""
    y, at = MARGIN + (number + 0.75) * LINE, 0
    for codes, colored, plain in PART.findall(text):
        run = colored or plain
        # Every word has its own position, so that columns align in any monospaced font
        for word in re.finditer(r"\S+(?: \S+)*", run):
            x = MARGIN + (at + width(run[: word.start()])) * CELL
            yield (
                f'<text x="{x:.1f}" y="{y:.1f}" textLength="{width(word[0]) * CELL:.1f}"'
                f'{_style(codes.split(";"), theme)} xml:space="preserve">{escape(word[0])}</text>\n'
            )
        at += width(run)


def _style(codes: list[str], theme: Theme) -> str:
    """Return the attributes for ANSI *codes*. Raises KeyError for a code that the program has not had yet."""
    bold = ' font-weight="bold"' if "1" in codes else ""
    return bold + "".join(f' fill="{theme.inks[code]}"' for code in codes if code not in ("", "1"))


def pictures() -> Iterator[tuple[str, str]]:
    """Yield the name of each file, and what it contains."""
    for name, picture in PICTURES.items():
        for word, theme in THEMES.items():
            yield f"{name}-{word}.svg", drawn(picture, theme)


def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pictures():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
