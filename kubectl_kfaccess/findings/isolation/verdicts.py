"""Whether anything crosses into each tenant, and why that is not known."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence

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

    *ways* are the findings that cross into it. It is unknown because of the findings *open*, or
    because of *gaps*, which are lists that could not be read.
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
    ways = _by_profile(each for each in counting if is_way(each))
    doubts = _by_profile(each for each in counting if each.type.id in OPEN)
    return tuple(
        _verdict(crossings, name, names, _about(ways, name, names), _about(doubts, name, names))
        for name, names in sorted(by_tenant.items())
    )


def _by_profile(findings: Iterable[Finding]) -> Mapping[str, Sequence[Finding]]:
    """Return the findings by the profile that they lead into."""
    by_profile: dict[str, list[Finding]] = {}
    for finding in findings:
        by_profile.setdefault(finding.tenant, []).append(finding)
    return by_profile


def _about(
    by_profile: Mapping[str, Sequence[Finding]], tenant: str, profiles: Iterable[str]
) -> tuple[Finding, ...]:
    """Return the findings that lead into one of *profiles*, or into all tenants but another one."""
    own = [finding for profile in profiles for finding in by_profile.get(profile, ())]
    shared = [each for each in by_profile.get(EVERY_TENANT, ()) if each.from_tenant != tenant]
    return (*own, *shared)


def is_way(finding: Finding) -> bool:
    """Return whether the finding is a way into a tenant."""
    return finding.type.id in CROSSING and finding.severity is Severity.ERROR


def _verdict(
    crossings: Crossings,
    name: str,
    profiles: Sequence[str],
    ways: tuple[Finding, ...],
    doubts: tuple[Finding, ...],
) -> TenantVerdict:
    gaps = tuple(dict.fromkeys(gap for profile in profiles for gap in crossings.gaps(profile)))
    verdict = Verdict.UNKNOWN if doubts or gaps else Verdict.NOTHING_CROSSES
    if ways:
        verdict = Verdict.CROSSES
    return TenantVerdict(name, tuple(profiles), verdict, ways, doubts, gaps)


def _comes_from(finding: Finding, tenant: str) -> bool:
    """Return whether the way can be taken from *tenant* ("": any): what everybody can take is, too."""
    return not tenant or finding.from_tenant in (tenant, "")
