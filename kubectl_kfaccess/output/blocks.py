"""
The blocks that a report is made of. Each format renders them in its own way.

Texts in blocks are safe to show: code that makes a block passes names through `terminal.safe_text`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence

from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.findings.finding import Finding


class Tone(enum.Enum):
    """What a cell's word says about access. A terminal shows each in a colour: warmer for more access."""

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
    """A table cell: its text, its tone, and the id of what it links to (`finding:ID`)."""

    text: str
    tone: Tone | None = None
    link: str = ""


Text = str | Cell
"""A table cell: plain text, or text with a tone or a link."""
Row = Sequence[Text]


class Column(NamedTuple):
    """
    A column of a table.

    *wide*: only `-o wide` and CSV show it. *narrow*: they leave it out. *optional*: left out, except in CSV,
    if all its cells are empty. *short* is the header for terminals that are too narrow for the usual one.
    """

    header: str
    wide: bool = False
    optional: bool = False
    narrow: bool = False
    short: str = ""


class Section(NamedTuple):
    """The rows of one part of a table. The title is not shown if the table has only one section."""

    title: str
    rows: Sequence[Row]


class Sentence(NamedTuple):
    """A line on its own."""

    text: str


class Paragraph(NamedTuple):
    """Lines that belong together."""

    lines: tuple[str, ...]


class Point(NamedTuple):
    """An item of a list, and the lines below it."""

    text: str
    details: tuple[str, ...] = ()


class Points(NamedTuple):
    """A list under a title, with dashes or *numbered*; *remarks* are lines below it, about several points."""

    title: str
    points: tuple[Point, ...]
    numbered: bool = False
    remarks: tuple[str, ...] = ()


class Table(NamedTuple):
    """
    A table in sections, whose rows are made when a format asks for them.

    *sections* can fold similar rows into one; *unfolded*, if it differs, is for formats that must not fold.
    """

    columns: tuple[Column, ...]
    sections: Callable[[], tuple[Section, ...]]
    unfolded: Callable[[], tuple[Section, ...]] | None = None


class Tree(NamedTuple):
    """A chain from a subject to a rule, one step a line and each indented further, with *remarks* below."""

    steps: tuple[str, ...]
    remarks: tuple[str, ...] = ()


class Graph(NamedTuple):
    """
    Nodes and edges, for the formats that draw. Others show the table that says the same.

    *tree* returns the lines of an indented tree, *labels* the lines of each node's text by the node's name,
    *edges* pairs of names (from, to), *bold* the names of the nodes to highlight.
    """

    tree: Callable[[], Sequence[str]]
    labels: Callable[[], Mapping[str, Sequence[str]]]
    edges: Callable[[], Sequence[tuple[str, str]]]
    bold: Callable[[], Sequence[str]]


class Findings(NamedTuple):
    """Findings, which people see as a table."""

    findings: Sequence[Finding]


class Code(NamedTuple):
    """Text that is printed unchanged: YAML to apply, a shell script."""

    pieces: Sequence[str]
    language: str = ""


Block = Sentence | Paragraph | Points | Table | Tree | Graph | Findings | Code
