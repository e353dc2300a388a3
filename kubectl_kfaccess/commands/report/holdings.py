"""Who has what in which profile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.commands.report.page import Holding
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.kubeflow.tenants.profiles import Member, Tenant
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel, TenantLevels
from kubectl_kfaccess.rbac.known_subjects import Plane, identified
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER, principal

_ORDER = tuple(Relation)


def holdings_of(tenants: Iterable[Tenant], snapshot: Snapshot) -> Iterator[Holding]:
    """Yield what each subject has in each of *tenants*, in the order of the profile's members."""
    levels, homes = TenantLevels(snapshot), Tenants(snapshot)
    for tenant in tenants:
        members: dict[Subject, list[Member]] = {}
        for member in tenant.members:
            members.setdefault(member.subject, []).append(member)
        for subject, own in members.items():
            yield _holding(subject, tenant.name, own, levels, homes)


def _holding(
    subject: Subject, profile: str, members: list[Member], levels: TenantLevels, homes: Tenants
) -> Holding:
    relation = min((member.relation for member in members), key=_ORDER.index)
    who = principal(subject, profile)
    is_anybody = who is not None and subject.kind in (USER, GROUP, SERVICE_ACCOUNT)
    level = levels.level(identified(subject).seen(Plane.KUBECTL), profile) if is_anybody else TenantLevel.NONE
    crosses = who is not None and level is not TenantLevel.NONE and homes.crosses(who, profile)
    return Holding(subject, profile, relation, level, crosses, tuple(members))
