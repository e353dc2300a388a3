"""
The blocks that a report is made of. Each format renders them in its own way.

Texts in blocks are safe to show: code that makes a block passes names through `terminal.safe_text`.

An answer on a terminal has this order: Headline, Table, Findings, Notes; or Headline and several Labelled.
Formats `table` and `wide` keep every line within the terminal's width: prose wraps at blanks, and tables
drop columns by rank. Without a terminal nothing is wrapped, dropped or shortened.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Mapping, Sequence

from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.findings.finding import Finding
    from kubectl_kfaccess.kubeflow.managers import Tool


class Tone(enum.Enum):
    """
    What a word says. On a terminal colour says how bad it is, and weight how much access.

    GOOD and BAD are for the word of a verdict (`ok`, `yes`, `no`) and for errors, LOOK is for warnings, FAINT
    for what is secondary. The others are for cells of a grid.
    """

    NOTHING = "nothing"
    READ = "read"
    WRITE = "write"
    ALL = "all"
    NAMED = "named"
    UNKNOWN = "unknown"
    YES = "yes"
    NO = "no"
    GOOD = "good"
    BAD = "bad"
    LOOK = "look"
    FAINT = "faint"


class Cell(NamedTuple):
    """
    A table cell: its text, its tone, and the id of what it links to (`finding:ID`).

    A terminal shows *short* in place of the text if there is one, except with `-o wide`.
    """

    text: str
    tone: Tone | None = None
    link: str = ""
    short: str = ""


Text = str | Cell
"""A table cell: plain text, or text with a tone or a link."""
Row = Sequence[Text]


class Column(NamedTuple):
    """
    A column of a table.

    *wide*: only `-o wide` and CSV show it. *narrow*: they leave it out. *optional*: left out, except in CSV,
    if all its cells are empty.

    The others are for a terminal that is too narrow. Columns go, highest *rank* first, until the table fits.
    Rank 0 stays; a note has 1, a binding 2, a path 3. A *footnote* column that goes leaves a number behind
    the first cell of its rows, and its texts below the table. Cells of *prose* wrap at blanks; other cells
    that do not fit are shortened in the middle. A table has at most one such column, best the last of those
    that stay. *short* is a header that takes less room. `-o wide` shows every column in full, so that its
    lines can be longer than the terminal.

    *shared* is a text such as `all in namespace {}`. On a terminal it stands below a table of several rows
    in place of a column whose cells are all the same.

    *gutter*: its cells are marks (one of those below, or ""), which a terminal shows in front of the row.
    Nothing else shows them, so another column says the same in words.
    """

    header: str
    wide: bool = False
    optional: bool = False
    narrow: bool = False
    short: str = ""
    rank: int = 0
    footnote: bool = False
    prose: bool = False
    shared: str = ""
    gutter: bool = False


MARK_ERROR = "x"
MARK_LOOK = "!"
MARK_UNKNOWN = "?"
MARK_MORE = "+"
MARK_LESS = "-"
MARK_BOTH = "~"
MARK_ACCEPTED = "-"
MARKS = Column("", gutter=True)
"""The column of marks; it can be anywhere among the columns, and there is at most one."""


class Section(NamedTuple):
    """The rows of one part of a table. The title is not shown if the table has only one section."""

    title: str
    rows: Sequence[Row]


class Headline(NamedTuple):
    """
    The answer in one sentence, in front of everything else.

    *tone* (GOOD, BAD or None) is that of the word in front of the first colon: `no: bob cannot …`. If the
    report's main table is among its blocks, only a terminal shows the sentence: piped output is the table.
    With *piped*, stderr has it then. *details* are lines right below it: what the answer speaks of. *premise*
    comes first: what is assumed.
    """

    text: str
    tone: Tone | None = None
    details: tuple[str, ...] = ()
    piped: bool = False
    premise: str = ""

    @property
    def whole(self) -> str:
        """The sentence with what it assumes."""
        return f"{self.premise}: {self.text}" if self.premise else self.text


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


class Pairs(NamedTuple):
    """
    Numbered lines, each with a remark: beside it if the terminal has room for all of them, else below it.

    A remark can be "".
    """

    title: str
    pairs: tuple[tuple[str, str], ...]


class Notes(NamedTuple):
    """
    Lines below an answer, which are secondary: what is not listed, what to type next.

    If the report's main table is among its blocks, piped output has them on stderr.
    """

    lines: tuple[str, ...]


class Table(NamedTuple):
    """
    A table in sections, whose rows are made when a format asks for them.

    *sections* can fold similar rows into one; *unfolded*, if it differs, is for formats that must not fold.
    Without *headers* it has no header line in `table` and `wide`. *indent* is the number of blanks in front
    of each line; marks take the last two of them.
    """

    columns: tuple[Column, ...]
    sections: Callable[[], tuple[Section, ...]]
    unfolded: Callable[[], tuple[Section, ...]] | None = None
    headers: bool = True
    indent: int = 0


class Step(NamedTuple):
    """A step of a tree. A *broken* step is where the chain ends, and has a cross; *details* are below it."""

    text: str
    broken: bool = False
    details: tuple[str, ...] = ()


class Tree(NamedTuple):
    """A chain from a subject to a rule, one step a line and each indented further, with *remarks* below."""

    steps: tuple[str | Step, ...]
    remarks: tuple[str, ...] = ()
    indent: int = 2


class Graph(NamedTuple):
    """
    Nodes and edges, for the formats that draw. Others show the table that says the same.

    *tree* returns the lines of an indented tree, each as a pair: the branches in front of it (`│`, `├`, `└`,
    `─` and blanks), and its text. *labels* returns the lines of each node's text by the node's name, *edges*
    pairs of names (from, to), *bold* the names of the nodes to highlight.
    """

    tree: Callable[[], Sequence[tuple[str, str]]]
    labels: Callable[[], Mapping[str, Sequence[str]]]
    edges: Callable[[], Sequence[tuple[str, str]]]
    bold: Callable[[], Sequence[str]]


class Findings(NamedTuple):
    """
    Findings: a table, or on a terminal a list in which those that say the same are one entry.

    *words* returns the label and the text of a finding for that list, safe to show. Without it, its severity
    is the label and its message the text. *details* returns lines below the text. The list does not say what
    *unnamed* tools manage.
    """

    findings: Sequence[Finding]
    words: Callable[[Finding], tuple[str, str]] | None = None
    unnamed: Collection[Tool] = ()
    details: Callable[[Finding], tuple[str, ...]] | None = None


class Code(NamedTuple):
    """Text that is printed unchanged: YAML to apply, a shell script."""

    pieces: Sequence[str]
    language: str = ""


class Labelled(NamedTuple):
    """
    A part of an answer: *label* in front of its first line, its *blocks* below each other at *column*.

    For example `why`, `fix` and `ask`. Without a label it is only indented.
    """

    label: str
    blocks: tuple[Block, ...]
    column: int = 6


Block = (
    Headline
    | Sentence
    | Paragraph
    | Points
    | Pairs
    | Notes
    | Table
    | Tree
    | Graph
    | Findings
    | Labelled
    | Code
)
