"""Findings that the users of a cluster have accepted: they stay findings, and no longer count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from kubectl_kfaccess.findings.accepted import (
    AcceptList,
    FindingPattern,
    Pattern,
    object_spelling,
    pattern_of,
)
from kubectl_kfaccess.findings.finding import Finding, in_order
from kubectl_kfaccess.findings.registry import Group, ids
from kubectl_kfaccess.rbac.subjects import reference

_TENANTS = ("Profile", "Namespace")


def with_accepted(findings: Iterable[Finding], accept: AcceptList) -> tuple[Finding, ...]:
    """Return *findings* in order, those with the reason that *accept* has an entry for."""
    if not accept.entries:
        return tuple(findings)
    return in_order(replace(each, accepted=accept.accepted(value_of(each))) for each in findings)


def value_of(finding: Finding) -> FindingPattern:
    """Return what entries are compared with."""
    return FindingPattern(
        finding.type.id,
        object_spelling(finding.kind, finding.namespace, finding.name),
        reference(finding.subject) if finding.subject else "",
        finding.namespace,
        finding.name if finding.kind in _TENANTS else finding.namespace,
    )


def finding_notes(accept: AcceptList, findings: Iterable[Finding] | None, *groups: Group) -> Iterator[str]:
    """
    Yield a note for each entry for findings of *groups* that has expired, or that fits none of *findings*.

    None for *findings*: not all of the cluster was looked at, so only those that have expired count.
    """
    if accept.entries:
        values = None if findings is None else map(value_of, findings)
        yield from accept.notes(FindingPattern, values, ids(*groups))


def acceptable(findings: Iterable[Finding]) -> Iterator[Pattern]:
    """Yield patterns that each fit one of *findings*, without those that are accepted already."""
    for finding in findings:
        if not finding.accepted:
            implied = ("namespace", "tenant", *(() if finding.subject else ("subject",)))
            yield pattern_of(value_of(finding), without=implied)
