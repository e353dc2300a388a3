"""Whether anything crosses into each tenant, and why that is not known."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence

from msgspec import Struct

from kubectl_kfaccess.findings.finding import Finding, Severity
from kubectl_kfaccess.isolation.way import EVERY_TENANT
from kubectl_kfaccess.isolation.ways import Crossings
from kubectl_kfaccess.rbac.snapshot import Gap

CROSSING = frozenset(
    (
        "isolation-account-everywhere",
        "isolation-everybody",
        "isolation-person-of-tenant",
        "isolation-steps",
        "profile-foreign-account",
    )
)
"""The findings that are ways into a tenant: if they are errors, and nobody has accepted them."""
OPEN = frozenset(("isolation-group-members", "isolation-possible-steps"))
"""The findings that leave it open whether there is a way."""


class Verdict(enum.Enum):
    """What is known of the isolation of one tenant."""

    CROSSES = "crosses"
    UNKNOWN = "unknown"
    NOTHING_CROSSES = "nothingCrosses"


class TenantVerdict(Struct, frozen=True):
    """
    The verdict on the tenant *name*, which has *profiles*.

    *ways* are the findings that cross into it. *open* are findings, and *gaps* lists that could not be read,
    because of which it is unknown.
    """

    name: str
    profiles: tuple[str, ...]
    verdict: Verdict
    ways: tuple[Finding, ...] = ()
    open: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()


def verdicts(
    crossings: Crossings, profiles: Iterable[str], findings: Sequence[Finding], from_tenant: str = ""
) -> tuple[TenantVerdict, ...]:
    """Return the verdict on each tenant of *profiles*; with *from_tenant*, of what crosses from there."""
    by_tenant: dict[str, list[str]] = {}
    for profile in profiles:
        by_tenant.setdefault(crossings.tenants.tenant(profile) or profile, []).append(profile)
    counting = [each for each in findings if not each.accepted and _comes_from(each, from_tenant)]
    ways = [each for each in counting if is_way(each)]
    doubts = [each for each in counting if each.type.id in OPEN]
    return tuple(_verdict(crossings, name, names, ways, doubts) for name, names in sorted(by_tenant.items()))


def is_way(finding: Finding) -> bool:
    """Return whether the finding is a way into a tenant."""
    return finding.type.id in CROSSING and finding.severity is Severity.ERROR


def leads_into(finding: Finding, tenant: str, profiles: Iterable[str]) -> bool:
    """Return whether the way, or the doubt, is about the tenant *tenant* that has *profiles*."""
    if finding.tenant == EVERY_TENANT:
        return finding.from_tenant != tenant
    return finding.tenant in profiles


def _verdict(
    crossings: Crossings,
    name: str,
    profiles: Sequence[str],
    ways: Iterable[Finding],
    doubts: Iterable[Finding],
) -> TenantVerdict:
    own_ways = tuple(each for each in ways if leads_into(each, name, profiles))
    own_doubts = tuple(each for each in doubts if leads_into(each, name, profiles))
    gaps = tuple(dict.fromkeys(gap for profile in profiles for gap in crossings.gaps(profile)))
    verdict = Verdict.UNKNOWN if own_doubts or gaps else Verdict.NOTHING_CROSSES
    if own_ways:
        verdict = Verdict.CROSSES
    return TenantVerdict(name, tuple(profiles), verdict, own_ways, own_doubts, gaps)


def _comes_from(finding: Finding, tenant: str) -> bool:
    """Return whether the way can be taken from *tenant* ("": any): what everybody can take is, too."""
    return not tenant or finding.from_tenant in (tenant, "")
