"""Sentences, lists and trees as lines for a terminal, wrapped at blanks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from kubectl_kfaccess.output.blocks import (
    Block,
    Headline,
    Notes,
    Pairs,
    Paragraph,
    Points,
    Sentence,
    Step,
    Tone,
    Tree,
)
from kubectl_kfaccess.output.colors import BOLD, FAINT, OF_TONES, painted
from kubectl_kfaccess.output.style import Style
from kubectl_kfaccess.terminal.wrapping import HANG, beside, hanging, placed, width, wrapped

_BRANCH = 3
_PAIR_GAP = 2
_DETAIL = "    "
_ASCII = str.maketrans({"│": "|", "├": "|", "└": "`", "─": "-"})


def prose_lines(block: Block, style: Style) -> Iterator[str]:
    """Yield the lines of a block of prose; nothing for other blocks."""
    if isinstance(block, Headline):
        yield from headline_lines(block, style)
    elif isinstance(block, Sentence):
        yield from wrapped(block.text, style.columns)
    elif isinstance(block, Paragraph):
        yield from (line for text in block.lines for line in hanging(text, style.columns))
    elif isinstance(block, Notes):
        yield from notes_lines(block, style)
    elif isinstance(block, Points):
        yield from points_lines(block, style)
    elif isinstance(block, Pairs):
        yield from pairs_lines(block, style)
    elif isinstance(block, Tree):
        yield from tree_lines(block, style)


def headline_lines(block: Headline, style: Style) -> Iterator[str]:
    """Yield the lines of the answer in one sentence: bold, its verdict in the colour of its tone."""
    lines = wrapped(block.whole, style.columns, HANG)
    yield from _bold(lines, block.tone, block.premise) if style.color else lines
    for text in block.details:
        yield from wrapped(f"{_DETAIL}{text}", style.columns, len(_DETAIL))


def _bold(lines: Sequence[str], tone: Tone | None, premise: str) -> Iterator[str]:
    """Yield the lines in bold, but the verdict in its colour if it stands in the first line."""
    start = f"{premise}: " if premise else ""
    word, colon, after = lines[0].removeprefix(start).partition(":")
    if tone in (Tone.GOOD, Tone.BAD) and colon and " " not in word:
        assumed = painted(start, BOLD) if start else ""
        yield f"{assumed}{painted(word + colon, OF_TONES[tone])}{painted(after, BOLD)}"
    else:
        yield painted(lines[0], BOLD)
    yield from (painted(text, BOLD) for text in lines[1:])


def notes_lines(block: Notes, style: Style) -> Iterator[str]:
    """Yield the lines below an answer, faint."""
    for text in block.lines:
        yield from (painted(line, FAINT if style.color else "") for line in hanging(text, style.columns))


def points_lines(block: Points, style: Style) -> Iterator[str]:
    """Yield the lines of a list: its title, its points with their details, its remarks."""
    columns = style.columns
    yield from hanging(f"{block.title}:", columns)
    for number, point in enumerate(block.points, 1):
        marker = f"  {number}." if block.numbered else "  -"
        column = width(marker) + 1
        yield from beside(marker, wrapped(point.text, columns and columns - column), column, columns)
        for detail in point.details:
            yield from beside("", wrapped(detail, columns and columns - 5), 5, columns)
    for remark in block.remarks:
        yield from hanging(f"  {remark}", columns)


def pairs_lines(block: Pairs, style: Style) -> Iterator[str]:
    """Yield the title and the numbered lines, with remarks in a column of their own if all fit."""
    columns = style.columns
    yield from hanging(block.title, columns)
    indent = len(str(len(block.pairs))) + _PAIR_GAP
    remarks_at = indent + max((width(text) for text, _ in block.pairs), default=0) + _PAIR_GAP
    most = remarks_at + max((width(remark) for _, remark in block.pairs), default=0)
    is_beside = not columns or most <= columns
    for number, (text, remark) in enumerate(block.pairs, 1):
        if is_beside and remark:
            yield f"{str(number).ljust(indent)}{text}{' ' * (remarks_at - indent - width(text))}{remark}"
            continue
        yield from beside(str(number), wrapped(text, columns and columns - indent), indent, columns)
        if remark:
            yield from beside("", wrapped(remark, columns and columns - indent), indent, columns)


def tree_lines(block: Tree, style: Style) -> Iterator[str]:
    """Yield the lines of a tree, each step below the one before, and its remarks."""
    for depth, step in enumerate(block.steps):
        branch = f"{' ' * _BRANCH * (depth - 1)}└─ " if depth else ""
        yield from _step_lines(step, branch_text(f"{' ' * block.indent}{branch}", style), style)
    for remark in block.remarks:
        yield from hanging(f"{' ' * block.indent}{remark}", style.columns)


def _step_lines(step: str | Step, start: str, style: Style) -> Iterator[str]:
    text, broken, details = (step, False, ()) if isinstance(step, str) else step
    cross = ("✗ " if style.unicode else "x ") if broken else ""
    yield from _after(f"{start}{cross}", text, style)
    for detail in details:
        yield from _after(" " * width(f"{start}{cross}"), detail, style)


def graph_lines(lines: Iterable[tuple[str, str]], style: Style) -> Iterator[str]:
    """Yield the lines of a tree whose branches are drawn; lines for what does not fit continue them."""
    for branch, text in lines:
        drawn = branch_text(branch, style)
        below = branch_text(branch.translate({ord("├"): "│", ord("└"): " ", ord("─"): " "}), style)
        for line in wrapped(text, style.columns and max(1, style.columns - width(drawn))):
            yield from placed(drawn, line, style.columns)
            drawn = below


def branch_text(branch: str, style: Style) -> str:
    """Return the branches of a tree, in ASCII if the terminal has nothing else; at most half its width."""
    shown = branch[-max(_BRANCH, style.columns // 2) :] if style.columns else branch
    return shown if style.unicode else shown.translate(_ASCII)


def _after(start: str, text: str, style: Style) -> Iterator[str]:
    """Yield the lines of *text* after *start*, and further lines below the first."""
    column = width(start)
    room = style.columns and max(1, style.columns - column)
    yield from beside(start.rstrip(), wrapped(text, room), column, style.columns)


def carets(name: str, other: str) -> str:
    """Return a line with carets below the characters of *name* that differ from *other*; "" if none does."""
    marks = []
    for mine, theirs in zip_longest(name, other[: len(name)]):
        columns = width(mine)
        marks.append(("^" if mine != theirs else " ").ljust(columns)[:columns])
    return "".join(marks).rstrip(" ")
