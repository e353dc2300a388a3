"""What `audit` answers, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.isolation.verdicts import OPEN, TenantVerdict, Verdict, is_way
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.removal import Removal
from kubectl_kfaccess.fixes.stops import Stops
from kubectl_kfaccess.isolation.way import Way
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.overlay import ObjectKey
from kubectl_kfaccess.resolve.places import FilePlace

LOOKED_AT = ("RBAC", "service accounts", "mesh policies")
NOT_LOOKED_AT = (
    "cloud IAM",
    "members of groups",
    "network policies",
    "storage",
    "nodes",
    "Kubeflow's databases",
)
"""What the verdict does not speak of; members of groups are looked at with `--people`."""


WayKey = tuple[str, str, Subject | None, bool]
"""The tenants into which and from which a way leads, its first subject, and whether it needs steps."""


def key_of(finding: Finding) -> WayKey:
    """Return the key of the way that *finding* is about; no way has it if it is about none."""
    return (finding.tenant, finding.from_tenant, finding.subject, finding.reached is not None)


class Audit(Struct, frozen=True, dict=True):
    """
    The answer: the *verdicts*, the *ways* into the tenants asked about, and the *findings*.

    *view* has the cluster. *against* is the tenant whose ways are asked about, "" for all. *kept* are the
    findings to show, which `--finding` and `--no-accepted` choose. *places* say where the objects of these
    and of their steps stand in files; live objects have none. *cluster* is its name, "" if it has none.
    """

    view: ClusterView
    verdicts: tuple[TenantVerdict, ...]
    ways: tuple[Way, ...]
    findings: tuple[Finding, ...]
    kept: tuple[Finding, ...]
    against: str = ""
    places: Mapping[ObjectKey, FilePlace] = {}
    cluster: str = ""

    @property
    def looked_at(self) -> tuple[str, ...]:
        """What the verdict speaks of."""
        return (*LOOKED_AT, "members of groups") if self.view.profiles.directory else LOOKED_AT

    @property
    def not_looked_at(self) -> tuple[str, ...]:
        """What the verdict does not speak of."""
        return tuple(each for each in NOT_LOOKED_AT if each not in self.looked_at)

    @cached_property
    def stops(self) -> Stops:
        """What stops ways: worked out for those that are asked about."""
        return Stops(self.view)

    def stop_of(self, finding: Finding) -> tuple[Removal, ...]:
        """Return what to remove so that the way that *finding* is about is gone; () if that is not known."""
        is_possible = finding.reached is not None and finding.type.id in OPEN
        way = self.ways_by_key.get(key_of(finding)) if is_way(finding) or is_possible else None
        return self.stops.of(way) if way else ()

    def steps_of(self, finding: Finding) -> tuple[Step, ...]:
        """Return the steps by which somebody gets into the tenant; () if they need none."""
        return self.view.escalation.steps(finding.reached) if finding.reached else ()

    @cached_property
    def ways_by_key(self) -> Mapping[WayKey, Way]:
        """The ways by what findings say of them."""
        return {
            (way.into, way.from_tenant, way.subject, way.reached is not None): way
            for way in reversed(self.ways)
        }

    def with_verdict(self, verdict: Verdict) -> Sequence[TenantVerdict]:
        """Return the tenants with that verdict."""
        return [each for each in self.verdicts if each.verdict is verdict]
