"""The namespaces that were tried for a caller who cannot list namespaces, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.kubeflow.tenants.likely_namespace import LikelyNamespace, Origin
from kubectl_kfaccess.terminal.safe_text import listed

UNKNOWN_WHICH = "you cannot list namespaces, so which are yours is not fully known"
_ORIGINS = {Origin.ACCOUNT: "your account's", Origin.NAME: "from your name", Origin.CONTEXT: "context"}


def tried_lines(tried: Sequence[LikelyNamespace], others: str = "-n NAME") -> Iterator[str]:
    """Yield the namespaces that were tried, and *others*, how to name one; nothing if none was."""
    if not tried:
        return
    by_origin: dict[Origin, list[str]] = {}
    for each in tried:
        by_origin.setdefault(each.origin, []).append(listed(each.name))
    groups = (f"{' and '.join(names)} ({_ORIGINS[origin]})" for origin, names in by_origin.items())
    nothing = "" if any(each.is_theirs for each in tried) else "; nothing in them is yours"
    yield f"tried: {', '.join(groups)}{nothing}.  Others: {others}"
