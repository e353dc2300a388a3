"""The envelope of every machine answer: coverage, notes and errors beside the items."""

from __future__ import annotations

from collections.abc import Callable

from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.notes import text_of_note
from kubectl_kfaccess.output.report import Data, Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.errors import KfaccessError
    from kubectl_kfaccess.notes import Note
    from kubectl_kfaccess.rbac.snapshot import Gap

API_VERSION = "kfaccess/v1"


class Response(NamedTuple):
    """
    A report, with what could not be read (*gaps*), notes, errors, and the change that is assumed.

    *hypothetical* has the user's words for it, by `with` and `without`; None without a change. Of several
    clusters, *of_clusters* returns the whole document.
    """

    report: Report
    gaps: tuple[Gap, ...] = ()
    notes: tuple[Note, ...] = ()
    errors: tuple[KfaccessError, ...] = ()
    hypothetical: Data | None = None
    of_clusters: Callable[[], Data] | None = None

    def document(self) -> Data:
        """Return the whole answer in the envelope that every command shares."""
        if self.of_clusters:
            return self.of_clusters()
        if self.report.whole and not self.errors:
            return self.report.whole()
        document: Data = {
            "apiVersion": API_VERSION,
            "kind": self.report.kind,
            **({"hypothetical": self.hypothetical} if self.hypothetical else {}),
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


def note_data(note: Note) -> Data:
    """Return a note as machine data."""
    return {"text": text_of_note(note)}


def gap_data(gap: Gap) -> Data:
    """Return a gap as machine data."""
    return {"resource": gap.resource, "namespace": gap.namespace, "reason": gap.reason}


def error_data(error: KfaccessError) -> Data:
    """Return an error as machine data."""
    return {"code": error.code.value, "message": error.message, "hint": error.hint}
