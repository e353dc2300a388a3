"""Why it is not known whether anything crosses into a tenant, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.audit.audit import Audit
from kubectl_kfaccess.findings.isolation.verdicts import TenantVerdict, Verdict
from kubectl_kfaccess.output.few import few_in_sentence
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.terminal.safe_text import shown

MOST = 2
"""How many reasons are given: tenants with the same one share it."""
_COSTS = {
    "rolebindings": "who has access",
    "clusterrolebindings": "who has rights everywhere",
    "roles": "what roles grant",
    "clusterroles": "what roles grant",
    "serviceaccounts": "which accounts there are",
    "profiles": "which namespaces are tenants",
    "namespaces": "which namespaces are tenants",
}
"""What is not known without a list."""
_DOUBTS = {
    "isolation-group-members": "nobody knows who is in a group that has access (--people FILE)",
    "isolation-possible-steps": "steps into it depend on what cannot be read",
}


def unknown_lines(value: Audit) -> Iterator[str]:
    """Yield why verdicts are unknown, the lists that could not be read first, and who can answer then."""
    by_reason: dict[str, list[TenantVerdict]] = {}
    for verdict in value.with_verdict(Verdict.UNKNOWN):
        by_reason.setdefault("; ".join(doubts(verdict)), []).append(verdict)
    for reason, verdicts in [*by_reason.items()][:MOST]:
        names = few_in_sentence(shown(each.name) for each in verdicts)
        yield f"{names} {'is' if len(verdicts) == 1 else 'are'} unknown: {reason}"
    if any(gap for verdict in value.verdicts for gap in verdict.gaps if not gap.is_of_files):
        yield "an administrator can run this and see everything; to ask for these rights: whoami -o fix"


def doubts(verdict: TenantVerdict) -> tuple[str, ...]:
    """Return why an unknown verdict is unknown, the lists that could not be read first."""
    open_ways = dict.fromkeys(_DOUBTS[each.type.id] for each in verdict.open)
    unread = (_unread(verdict.gaps),) if verdict.gaps else ()
    return (*unread, *open_ways) or ("the server allows what RBAC refuses",)


def _unread(gaps: Sequence[Gap]) -> str:
    lists = _joined(gap.resource for gap in gaps)
    costs = _joined((_COSTS[gap.resource] for gap in gaps), "or")
    return f"without {lists} it is not known {costs}"


def _joined(texts: Iterable[str], word: str = "and") -> str:
    *first, last = dict.fromkeys(texts)
    return f" {word} ".join(filter(None, (", ".join(first), last)))
