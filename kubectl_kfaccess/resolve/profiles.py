"""What the names of profiles mean that a user types."""

from __future__ import annotations

from collections.abc import Collection

from kubectl_kfaccess.errors import ErrorCode, UsageError
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.spelling import nearest


def no_profile(name: str, snapshot: Snapshot, known: Collection[str]) -> UsageError:
    """Return the error for a name that is not that of a profile; *known* are those of profiles."""
    near = nearest(name, frozenset(known))
    is_namespace = ("", name) in snapshot.namespaces
    what = "is a namespace, not a profile" if is_namespace else "is not a profile"
    hint = f"did you mean `{near}`?" if near else "`profiles` lists them"
    return UsageError(f"`{name}` {what}", hint=hint, code=ErrorCode.UNKNOWN_NAME)
