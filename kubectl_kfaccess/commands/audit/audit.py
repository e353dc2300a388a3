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
_LISTS = ("rolebindings", "serviceaccounts", "authorizationpolicies")
"""The list that each of LOOKED_AT needs."""
_OWN_RBAC, _WHOLE_RBAC = "RBAC of the profiles alone", "RBAC of the whole cluster"
"""What a caller sees of RBAC who can list nothing in the whole cluster, and what they do not see."""
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
        members = ("members of groups",) if self.view.profiles.directory else ()
        first = _OWN_RBAC if self._is_partial else LOOKED_AT[0]
        read = (text for text in LOOKED_AT if text not in self._unread)
        return (*(first if text == LOOKED_AT[0] else text for text in read), *members)

    @property
    def not_looked_at(self) -> tuple[str, ...]:
        """What the verdict does not speak of."""
        whole = (_WHOLE_RBAC,) if self._is_partial else ()
        unread = self._unread if LOOKED_AT[0] in self._unread else (*whole, *self._unread)
        return (*unread, *(each for each in NOT_LOOKED_AT if each not in self.looked_at))

    @property
    def _is_partial(self) -> bool:
        """Whether the bindings of the whole cluster could not be read."""
        return self.view.snapshot.gap("clusterrolebindings", "") is not None

    @property
    def _unread(self) -> tuple[str, ...]:
        """Those of LOOKED_AT that could be read in none of the profiles."""
        snapshot, names = self.view.snapshot, self.view.names
        if not names and not snapshot.gap("profiles", ""):
            return ()
        pairs = zip(LOOKED_AT, _LISTS, strict=True)
        return tuple(text for text, kind in pairs if all(snapshot.gap(kind, name) for name in names))

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
