"""What a snapshot leaves open: the server answered access reviews, and the snapshot does not hold that."""

from __future__ import annotations

from kubectl_kfaccess.sources.cluster.access_reviews import Reviewer
from kubectl_kfaccess.sources.snapshots.caller import NOT_KEPT


def not_kept_note(reviewer: Reviewer | None, what: str = "") -> tuple[str, ...]:
    """Return a note that *what* is not known from a snapshot; none if a server or nobody is asked."""
    if reviewer is None or reviewer.is_server:
        return ()
    return (f"not known{f' {what}' if what else ''}: {NOT_KEPT}",)
