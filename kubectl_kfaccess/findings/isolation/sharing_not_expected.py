"""Sharing of an owner that nobody has accepted."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.accepted import SharingPattern
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.isolation.way_findings import direct_findings
from kubectl_kfaccess.isolation.way import Way, WayKind
from kubectl_kfaccess.rbac.subjects import reference

TYPE = FindingType(
    id="isolation-sharing-not-expected",
    severity=Severity.ERROR,
    what=(
        "A profile is shared on the dashboard, and the file of `--accept` has no entry for it below "
        "`sharing:`."
    ),
    why=(
        "Anyone who can write RoleBindings in a profile can declare that its owner shares it. If you list "
        "what is shared, everything else deserves a question."
    ),
    fix=(
        "Ask the owner. Add an entry below `sharing:` if the sharing is right, else remove the contributor "
        "on the dashboard."
    ),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each shared access without an entry, if there are any entries for sharing."""
    if any(isinstance(entry.pattern, SharingPattern) for entry in view.accept.entries):
        ways = (way for way in view.crossings.direct if way.kind is WayKind.SHARED)
        yield from direct_findings(TYPE, (way for way in ways if not _is_expected(way, view)))


def _is_expected(way: Way, view: ClusterView) -> bool:
    roles = {binding.role_ref.name for binding in way.bindings}
    who = reference(way.subject)
    return all(view.accept.accepted(SharingPattern(way.into, who, role)) for role in roles)
