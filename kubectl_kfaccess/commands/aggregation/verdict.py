"""One line that says whether aggregated roles have the rules that they should have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.aggregation.words import listed
from kubectl_kfaccess.findings.aggregation.view import Reconciled
from kubectl_kfaccess.findings.finding import Finding, Severity


def verdict_lines(reconciled: Reconciled, findings: Iterable[Finding]) -> Iterator[str]:
    """Yield one line about all aggregated roles; nothing if there are none."""
    right = len(reconciled.as_selected) + len(reconciled.computed)
    total = right + len(reconciled.differing) + len(reconciled.unknown)
    if total:
        clauses = _clauses(reconciled, right, total, sum(f.severity is Severity.ERROR for f in findings))
        yield f"{total} aggregated ClusterRole{'s' if total > 1 else ''}: {'; '.join(clauses)}"


def _clauses(reconciled: Reconciled, right: int, total: int, errors: int) -> Iterator[str]:
    if reconciled.differing:
        yield _differing(reconciled.differing, total)
    elif right:
        yield _right(reconciled, right, total)
    if reconciled.unknown:
        yield f"of {len(reconciled.unknown)} it is not known which rules it has"
    if errors and not reconciled.differing:
        yield "but see the error below" if errors == 1 else f"but see the {errors} errors below"


def _differing(names: Sequence[str], total: int) -> str:
    verb, whose = ("does", "its") if len(names) == 1 else ("do", "their")
    which = f"exactly the rules of the roles that {whose} selectors select"
    who = "it" if total == 1 else f"{len(names)} of them"
    return f"{who} {verb} not have {which}: {listed(names)}"


def _right(reconciled: Reconciled, right: int, total: int) -> str:
    """Return the clause about correct roles: on a server they have the rules, from files they would get."""
    is_each = right == total
    has = ("has" if is_each else "have") if reconciled.as_selected else ""
    verb = " or ".join(filter(None, (has, "would get" if reconciled.computed else "")))
    who = f"{right} of them" if not is_each else "each" if total > 1 else "it"
    return f"{who} {verb} the rules of all roles that {'its' if is_each else 'their'} selectors select"
