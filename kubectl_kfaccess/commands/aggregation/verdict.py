"""The first line: whether aggregated roles have the rules that they should have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.commands.aggregation.words import listed
from kubectl_kfaccess.findings.aggregation.view import Reconciled
from kubectl_kfaccess.findings.finding import Finding, Severity
from kubectl_kfaccess.output.blocks import Headline, Tone
from kubectl_kfaccess.output.findings import counted


def headline(
    reconciled: Reconciled, findings: Sequence[Finding], details: tuple[str, ...]
) -> Headline | None:
    """Return the verdict on all aggregated roles, with *details* below it; None if there are none."""
    right = len(reconciled.as_selected) + len(reconciled.computed)
    total = right + len(reconciled.differing) + len(reconciled.unknown)
    if not total:
        return None
    is_wrong = reconciled.differing or any(
        finding.severity is Severity.ERROR and not finding.accepted for finding in findings
    )
    word = "no" if is_wrong else "unknown" if reconciled.unknown else "ok"
    tone = {"no": Tone.BAD, "ok": Tone.GOOD}.get(word)
    clauses = "; ".join(_clauses(reconciled, right, total))
    return Headline(f"{word}: {'; '.join(filter(None, (clauses, counted(findings))))}", tone, details)


def _clauses(reconciled: Reconciled, right: int, total: int) -> Iterator[str]:
    if reconciled.differing:
        yield _differing(reconciled.differing, total)
    elif right:
        yield _right(reconciled, right, total)
    if reconciled.unknown:
        yield f"which rules {listed(reconciled.unknown)} should have is not known"


def _differing(names: Sequence[str], total: int) -> str:
    verb, they = ("does", "it selects") if len(names) == 1 else ("do", "they select")
    return f"{_of(len(names), total)} {verb} not have exactly the rules of the roles {they}: {listed(names)}"


def _right(reconciled: Reconciled, right: int, total: int) -> str:
    """Return the clause about correct roles: on a server they have the rules, from files they would get."""
    has = ("has" if right == 1 else "have") if reconciled.as_selected else ""
    verb = " or ".join(filter(None, (has, "would get" if reconciled.computed else "")))
    they = "it selects" if right == 1 else "they select"
    return f"{_of(right, total)} {verb} the rules of all roles {they}"


def _of(number: int, total: int) -> str:
    """Return the subject of a sentence about *number* of all aggregated roles."""
    if total == 1:
        return "the aggregated ClusterRole"
    many = f"{total} aggregated ClusterRoles"
    return f"all {many}" if number == total else f"{number} of {many}"
