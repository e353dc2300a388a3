"""A command's answer, ready for every format: blocks for people, plain data for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.findings.accepted import Pattern
    from kubectl_kfaccess.output.blocks import Block, Code, Table
    from kubectl_kfaccess.output.policy_results import PolicyResult
    from kubectl_kfaccess.output.results import Result

Data = dict[str, object]


class Case(NamedTuple):
    """
    A test case of a JUnit report.

    *failure* says why it failed, *error* why it could not be decided, *skipped* why it does not count.
    """

    name: str
    group: str
    failure: str = ""
    error: str = ""
    skipped: str = ""


class Report(NamedTuple):
    """
    An answer in blocks and as data. What only some formats need is a function that the others never call.

    *blocks* are what people read, in order. *table*, which can be one of the blocks, is what spreadsheets get
    and `--sort-by` sorts. *head* returns the question, *items* the machine items, *names* `KIND/NAME` lines,
    *cases* the test cases, *results* what code scanning shows, *policy_results* what a cluster keeps,
    *acceptable* what a file of `--accept` could accept. If Kubernetes has its own type for the answer,
    *whole* returns it in place of the envelope, and *json_lines* its lines in place of the items'.
    *csv_lines* returns the lines of `csv` in place of the table's, with a header or without, for answers that
    are too long for one text. *fix* is what `-o fix` prints. *remarks* are lines for stderr, and *conclusion*
    comes last there. *notes_in_blocks* are notes that the blocks contain, so that stderr does not repeat
    them. Markdown begins with *comment*, if it is set, so that a program that posts it finds its own comment
    again. *category* is what code scanning keeps results apart by besides the command, such as the name of a
    cluster. *page* returns the name of the template of an HTML page, and what it prints.
    """

    kind: str
    blocks: tuple[Block, ...] = ()
    table: Table | None = None
    head: Callable[[], Data] = dict
    items: Callable[[], Iterable[Data]] = tuple
    names: Callable[[], Iterable[str]] = tuple
    cases: Callable[[], Iterable[Case]] = tuple
    results: Callable[[], Iterable[Result]] = tuple
    policy_results: Callable[[], Iterable[PolicyResult]] = tuple
    acceptable: Callable[[], Iterable[Pattern]] = tuple
    whole: Callable[[], Data] | None = None
    json_lines: Callable[[], Iterable[str]] | None = None
    csv_lines: Callable[[bool], Iterable[str]] | None = None
    page: Callable[[], tuple[str, Mapping[str, object]]] | None = None
    fix: Code | None = None
    remarks: tuple[str, ...] = ()
    notes_in_blocks: tuple[str, ...] = ()
    conclusion: str = ""
    comment: str = ""
    category: str = ""
