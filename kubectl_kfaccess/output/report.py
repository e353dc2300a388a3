"""What a command answers, ready for any format: blocks for people, plain data for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.blocks import Block, Code, Table

Data = dict[str, object]


class Case(NamedTuple):
    """One test case of a JUnit report: *failure* says why it failed, *error* why it could not be decided."""

    name: str
    group: str
    failure: str = ""
    error: str = ""


class Report(NamedTuple):
    """
    A value in blocks and as data. What only some formats need is a function, so that others need not wait.

    *blocks* are what people read, in order. *table* is the one that spreadsheets get and `--sort-by` sorts;
    it may be among the blocks. *head* says what was asked, *items* yields the machine items, *names*
    `KIND/NAME` lines, *cases* the test cases. Where Kubernetes has a form of its own, *whole* replaces the
    envelope and *json_lines* the items' lines. *fix* is what `-o fix` prints. *remarks* are lines for stderr,
    *conclusion* is one that stands below all notes there; *notes_in_blocks* the blocks say already.
    """

    kind: str
    blocks: tuple[Block, ...] = ()
    table: Table | None = None
    head: Callable[[], Data] = dict
    items: Callable[[], Iterable[Data]] = tuple
    names: Callable[[], Iterable[str]] = tuple
    cases: Callable[[], Iterable[Case]] = tuple
    whole: Callable[[], Data] | None = None
    json_lines: Callable[[], Iterable[str]] | None = None
    fix: Code | None = None
    remarks: tuple[str, ...] = ()
    notes_in_blocks: tuple[str, ...] = ()
    conclusion: str = ""
