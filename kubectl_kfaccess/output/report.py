"""What a command answers, ready for any format: blocks for people, plain data for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.errors import KfaccessError
    from kubectl_kfaccess.output.blocks import Block, Code, Table
    from kubectl_kfaccess.rbac.snapshot import Gap

API_VERSION = "kfaccess/v1"
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


class Response(NamedTuple):
    """A report with what could not be read, what else is to be said, and what failed."""

    report: Report
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    errors: tuple[KfaccessError, ...] = ()

    def document(self) -> Data:
        """Return the whole answer in the envelope that every command shares."""
        if self.report.whole and not self.errors:
            return self.report.whole()
        document: Data = {
            "apiVersion": API_VERSION,
            "kind": self.report.kind,
            **self.report.head(),
            "items": list(self.report.items()),
            "coverage": {
                "complete": not self.gaps and not self.errors,
                "gaps": [gap_data(gap) for gap in self.gaps],
            },
            "notes": list(map(note_data, self.notes)),
        }
        if self.errors:
            document["errors"] = [error_data(error) for error in self.errors]
        return document


def note_data(text: str) -> Data:
    """Return something that is to be known as machine data."""
    return {"text": text}


def gap_data(gap: Gap) -> Data:
    """Return what could not be read as machine data."""
    return {"resource": gap.resource, "namespace": gap.namespace, "reason": gap.reason}


def error_data(error: KfaccessError) -> Data:
    """Return an error as machine data."""
    return {"code": error.code.value, "message": error.message, "hint": error.hint}
