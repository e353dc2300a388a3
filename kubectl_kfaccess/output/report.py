"""What a command answers, ready to be rendered in any format: texts for people, plain data for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.rbac.snapshot import Gap

API_VERSION = "kfaccess/v1"
Data = dict[str, Any]


class Column(Struct, frozen=True):
    """
    A column of a table; a *wide* one is left out unless asked for, an *optional* one when it is empty.

    A *narrow* one gives way to the wide ones. *short* is its header where the terminal has little room, and
    the words of one with a *tint* are coloured.
    """

    header: str
    wide: bool = False
    optional: bool = False
    narrow: bool = False
    short: str = ""
    tint: bool = False


class Section(Struct, frozen=True):
    """One table; its cells are safe to show. The title is left out when there is only one section."""

    title: str
    rows: Sequence[Sequence[str]]


class Table(Struct, frozen=True):
    """A table with columns of its own; its cells are safe to show."""

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[str]]


class Case(Struct, frozen=True):
    """One test case of a JUnit report: *failure* says why it failed, *error* why it could not be decided."""

    name: str
    group: str
    failure: str = ""
    error: str = ""


class Report(Struct, frozen=True):
    """
    An answer. What only some formats need is a function, so that the others do not pay for it.

    *names* yields `KIND/NAME` lines, *items* the machine items, *head* what was asked. Where Kubernetes has
    a form of its own, *whole* replaces the envelope and *lines* the JSON lines; *cases* are for JUnit.
    *sections* may fold rows that are alike, *unfolded* are for formats that must not. *before* and *after*
    are lines around the tables that people read; *beside* and *findings* are tables of their own there, below
    the others. What machines get of them is in *head* and *items*. *drawings* yield the lines of the formats
    that are no tables, by the format's name.
    """

    kind: str
    columns: tuple[Column, ...]
    sections: Callable[[], tuple[Section, ...]]
    head: Data
    items: Callable[[], Iterable[Data]]
    names: Callable[[], Iterable[str]]
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    nothing: str = ""
    unfolded: Callable[[], tuple[Section, ...]] | None = None
    lines: Callable[[], Iterable[str]] | None = None
    whole: Callable[[], Data] | None = None
    cases: Callable[[], Iterable[Case]] | None = None
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    beside: Table | None = None
    findings: Sequence[Finding] = ()
    drawings: Mapping[str, Callable[[], Iterable[str]]] = {}

    def document(self) -> Data:
        """Return the whole answer in the envelope that every command shares."""
        if self.whole:
            return self.whole()
        gaps = [
            {"resource": gap.resource, "namespace": gap.namespace, "reason": gap.reason} for gap in self.gaps
        ]
        return {
            "apiVersion": API_VERSION,
            "kind": self.kind,
            **self.head,
            "items": list(self.items()),
            "coverage": {"complete": not gaps, "gaps": gaps},
            "notes": list(self.notes),
        }
