"""For which of Kubeflow's services access counts, as a word and as a note."""

from __future__ import annotations

from kubectl_kfaccess.kubeflow.catalogue.services import KFAM
from kubectl_kfaccess.kubeflow.planes.counting import Counts
from kubectl_kfaccess.terminal.safe_text import UNKNOWN

SOME = "some"
NOWHERE = "a group counts with kubectl alone"


def counts_word(counts: Counts) -> str:
    """Return `some` if it counts for some services and not for others, else `yes`, `no` or `?`."""
    answers = set(counts.values())
    if {True, False} <= answers:
        return SOME
    return UNKNOWN if None in answers else "yes" if True in answers else "no"


def difference_text(counts: Counts) -> str:
    """Return for which services access counts if it counts for some of them and not for others, else ""."""
    where = [name for name, answer in counts.items() if answer]
    nowhere = [name for name, answer in counts.items() if answer is False]
    if not where or not nowhere:
        return ""
    if KFAM.name in nowhere and len(nowhere) == 1:
        return "not on the dashboard, which asks KFAM"
    if len(nowhere) < len(where):
        return f"does not count for {', '.join(nowhere)}"
    return f"counts for {', '.join(where)} alone"
