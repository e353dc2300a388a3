"""
What the template of a page prints: texts that are safe to show, and where they link to.

The template escapes every text for HTML. A text of *message* type has names in backticks, which become code.
"""

from __future__ import annotations

from typing import NamedTuple


class Link(NamedTuple):
    """A text, and the anchor of the part about it; "" if the page has none."""

    text: str
    to: str = ""


class Cell(NamedTuple):
    """A cell of a table: its text, and what it says (`yes`, `no`, `unknown` or "")."""

    text: str
    tone: str = ""
    to: str = ""


class Box(NamedTuple):
    """A box of a drawing, in pixels: its lines of text, and how it looks (`start`, `end`, …)."""

    x: int
    y: int
    width: int
    height: int
    lines: tuple[str, ...]
    look: str = ""


class Arrow(NamedTuple):
    """A line of a drawing as an SVG path, with a number at (*x*, *y*); "" for none."""

    path: str
    label: str = ""
    x: int = 0
    y: int = 0


class Drawing(NamedTuple):
    """Boxes and arrows; *text* says the same in words."""

    width: int
    height: int
    text: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


class Step(NamedTuple):
    """A line of a way: what they can do, and by what."""

    text: str
    by: str
    proof: str


class WayView(NamedTuple):
    """A way from subjects into a profile; *look* is `bad` if it crosses, else `warn` or "" if possible.

    *stop* are commands that stop it, *take_out* what else has to be changed.
    """

    anchor: str
    title: str
    look: str
    word: str
    starts: tuple[Link, ...]
    profile: Link
    drawing: Drawing
    steps: tuple[Step, ...]
    stop: tuple[str, ...]
    take_out: tuple[str, ...]
    command: str


class ObjectLine(NamedTuple):
    """One of several objects that a card is about: the object, its profile, and the message about it."""

    anchor: str
    object: str
    profile: Link
    message: str
    note: str


class Card(NamedTuple):
    """Findings of one type and severity that say the same of one or of many *objects*."""

    anchor: str
    severity: str
    look: str
    title: str
    id: str
    objects: tuple[ObjectLine, ...]
    what: str
    why: str
    fix: str
    ways: tuple[WayView, ...]
    explain: str


class MatrixCell(NamedTuple):
    """What somebody has in a profile: the word, its weight from 0 to 4, and the chain behind it."""

    word: str
    weight: int
    crosses: bool
    chain: str


class MatrixRow(NamedTuple):
    """The row of a profile: a cell for each column, None if there is nothing."""

    profile: Link
    cells: tuple[MatrixCell | None, ...]
    others: str


class Matrix(NamedTuple):
    """Profiles by people. *groups* are the titles above the columns, each with how many it spans."""

    groups: tuple[tuple[str, int], ...]
    columns: tuple[Link, ...]
    rows: tuple[MatrixRow, ...]
    everywhere: tuple[tuple[Link, str], ...]
    folded: int


class PairCell(NamedTuple):
    """What the subjects of one profile have in another, in a word; *to* is the way if it crosses."""

    word: str
    weight: int
    crosses: bool
    who: str
    to: str


class PairRow(NamedTuple):
    """The row of a profile: what its subjects have in each other one, None for nothing."""

    name: Link
    cells: tuple[PairCell | None, ...]


class Pairs(NamedTuple):
    """Profiles by profiles: who gets from where into where."""

    columns: tuple[Link, ...]
    rows: tuple[PairRow, ...]


class Table(NamedTuple):
    """A table of a part: headers, and rows of cells."""

    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class ProfilePart(NamedTuple):
    """Everything about one profile."""

    anchor: str
    name: str
    headline: str
    facts: tuple[tuple[str, str], ...]
    members: Table
    everywhere: Table
    findings: tuple[Link, ...]
    accounts: tuple[tuple[Link, str, tuple[Link, ...]], ...]
    areas: tuple[tuple[Cell, ...], ...]
    areas_note: str
    ways: tuple[Link, ...]
    command: str


class PersonPart(NamedTuple):
    """Everything about one user or group."""

    anchor: str
    name: str
    headline: str
    places: Table
    crossing: tuple[Link, ...]
    ways: tuple[WayView, ...]
    delete: tuple[str, ...]
    edit: tuple[str, ...]
    notes: tuple[str, ...]
    command: str


class AccountPart(NamedTuple):
    """Everything about one service account."""

    anchor: str
    name: str
    headline: str
    places: Table
    identities: tuple[str, ...]
    runners: tuple[Link, ...]
    crossing: tuple[Link, ...]
    ways: tuple[WayView, ...]
    command: str


class RoleNode(NamedTuple):
    """A role of a tree, and the roles below it."""

    role: Link
    note: str
    below: tuple[RoleNode, ...]


class RolePart(NamedTuple):
    """Everything about one ClusterRole."""

    anchor: str
    name: str
    headline: str
    badge: str
    look: str
    rules: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    into: tuple[Link, ...]
    findings: tuple[Link, ...]
    drawing: Drawing | None
    tree: RoleNode | None
    command: str


class Unread(NamedTuple):
    """A list that could not be read, why, and the parts that are incomplete for it."""

    resource: str
    place: str
    reason: str
    costs: str


class Row(NamedTuple):
    """A row of a list: what it is about, and what stands beside it."""

    name: Link
    cells: tuple[Cell, ...]
