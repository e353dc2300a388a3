"""
What a report is made of: blocks that each format renders in its own way.

Texts in blocks are safe to show: the code that makes a block has passed names through `terminal.safe_text`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence

from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.findings.finding import Finding


class Tone(enum.Enum):
    """What the word of a cell says about access; a terminal gives each a colour, more power a warmer one."""

    NOTHING = "nothing"
    READ = "read"
    WRITE = "write"
    ALL = "all"
    PART = "part"
    NAMED = "named"
    UNKNOWN = "unknown"
    YES = "yes"
    NO = "no"


class Cell(NamedTuple):
    """The text of a table's cell, what it says, and the id of what it leads to (`finding:ID`)."""

    text: str
    tone: Tone | None = None
    link: str = ""


Text = str | Cell
"""A cell of a table: a plain text, or one with a tone or a link."""
Row = Sequence[Text]


class Column(NamedTuple):
    """
    A column of a table; a *wide* one is left out unless asked for, an *optional* one when it is empty.

    A *narrow* one gives way to the wide ones. *short* is its header where the terminal has little room.
    """

    header: str
    wide: bool = False
    optional: bool = False
    narrow: bool = False
    short: str = ""


class Section(NamedTuple):
    """The rows of one part of a table. The title is left out when there is only one part."""

    title: str
    rows: Sequence[Row]


class Sentence(NamedTuple):
    """One line that stands alone."""

    text: str


class Paragraph(NamedTuple):
    """Lines that belong together."""

    lines: tuple[str, ...]


class Point(NamedTuple):
    """One point of a list, and the lines below it."""

    text: str
    details: tuple[str, ...] = ()


class Points(NamedTuple):
    """A list under a title: dashed, or *numbered*; *remarks* are lines about several of its points."""

    title: str
    points: tuple[Point, ...]
    numbered: bool = False
    remarks: tuple[str, ...] = ()


class Table(NamedTuple):
    """
    A table in sections. Its rows are made when a format wants them.

    *sections* may fold rows that are alike; *unfolded* are for formats that must not fold.
    """

    columns: tuple[Column, ...]
    sections: Callable[[], tuple[Section, ...]]
    unfolded: Callable[[], tuple[Section, ...]] | None = None


class Tree(NamedTuple):
    """A way from a subject to a rule, a step a line, each inside of the one before; *remarks* stand below."""

    steps: tuple[str, ...]
    remarks: tuple[str, ...] = ()


class Graph(NamedTuple):
    """
    Nodes and edges. It is drawn in the formats that draw, and stands beside a table of the same.

    *tree* makes its lines as an indented tree, *labels* the lines of each node's text by its name, *edges*
    pairs of names, *bold* the names of nodes that stand out.
    """

    tree: Callable[[], Sequence[str]]
    labels: Callable[[], Mapping[str, Sequence[str]]]
    edges: Callable[[], Sequence[tuple[str, str]]]
    bold: Callable[[], Sequence[str]]


class Findings(NamedTuple):
    """Findings, for people a table of their own."""

    findings: Sequence[Finding]


class Code(NamedTuple):
    """Text in a language, as it is written: YAML to apply, a shell's script."""

    pieces: Sequence[str]
    language: str = ""


Block = Sentence | Paragraph | Points | Table | Tree | Graph | Findings | Code
