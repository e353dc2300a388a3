"""The ways into tenants that bindings grant without any step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.isolation.grants import GrantedLevels
from kubectl_kfaccess.isolation.way import EVERY_TENANT, NO_HOME, Way, WayKind
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.kubeflow.tenants.dashboard_annotations import is_share
from kubectl_kfaccess.kubeflow.tenants.platform_grants import EVERYBODY, PlatformGrants
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, USER, Principal, displayed, home_of_accounts


class DirectWays:
    """The direct ways in *snapshot*; *people* know who is in groups, None if nobody does."""

    def __init__(
        self, snapshot: Snapshot, tenants: Tenants, levels: GrantedLevels, people: People | None
    ) -> None:
        self._snapshot = snapshot
        self._tenants = tenants
        self._levels = levels
        self._people = people
        self._platform = PlatformGrants(snapshot)

    def ways(self, places: Iterable[str] | None = None) -> Iterator[Way]:
        """
        Yield the ways of subjects that are not at home there, place by place, cluster-wide ones first.

        *places* are the namespaces to look at ("": the cluster-wide bindings), None for all.

        Into namespaces of no tenant, only ways of those who are at home in a tenant are yielded.
        """
        for place in sorted(self._snapshot.bound if places is None else places):
            for who, bindings in sorted(self._snapshot.bound.get(place, {}).items()):
                own = [each for each in bindings if not self._platform.is_platform(who, each)]
                if own:
                    yield from self._everywhere(who, own) if not place else self._into(place, who, own)

    def _into(self, place: str, who: Principal, bindings: Sequence[Binding]) -> Iterator[Way]:
        homes = self._tenants.homes(who)
        if place in homes or home_of_accounts(displayed(who)) == place:
            return
        is_tenant = place in self._tenants.namespaces
        if not (is_tenant or homes):
            return
        kind = self._kind(who, bindings)
        crosses = is_tenant and (kind is WayKind.FOREIGN or who in EVERYBODY)
        yield from self._of(who, place, kind, bindings, crosses=crosses)
        if is_tenant and who.kind == GROUP and who not in EVERYBODY:
            yield from self._of_members(who, place, bindings)

    def _of_members(self, group: Principal, place: str, bindings: Sequence[Binding]) -> Iterator[Way]:
        """Yield the ways of members of *group* who are at home in other tenants."""
        kind = WayKind.SHARED if self._is_shared(group, bindings) else WayKind.FOREIGN
        for name in self._people.members(group.name) if self._people else ():
            member = Principal(USER, name)
            homes = self._tenants.homes(member)
            if homes and place not in homes:
                crosses = kind is WayKind.FOREIGN
                yield from self._of(member, place, kind, bindings, crosses=crosses)

    def _everywhere(self, who: Principal, bindings: Sequence[Binding]) -> Iterator[Way]:
        """Yield the ways of a subject of ClusterRoleBindings: those of accounts and everybody cross."""
        is_account_of_tenant = bool(self._tenants.homes(who) and home_of_accounts(displayed(who)))
        kind = WayKind.FOREIGN if is_account_of_tenant else WayKind.EVERYWHERE
        crosses = is_account_of_tenant or who in EVERYBODY
        yield from self._of(who, EVERY_TENANT, kind, bindings, crosses=crosses)

    def _of(
        self,
        who: Principal,
        place: str,
        kind: WayKind,
        bindings: Sequence[Binding],
        *,
        crosses: bool,
    ) -> Iterator[Way]:
        # what grants nothing in namespaces, such as Kubernetes' own rights of everybody, opens no way
        granting = tuple(each for each in bindings if self._levels.level((each,)) is not TenantLevel.NONE)
        if granting:
            level = self._levels.level(granting)
            for tenant in self._tenants.tenants(who) or (NO_HOME,):
                yield Way(place, tenant, (displayed(who),), kind, level, crosses, granting)

    def _kind(self, who: Principal, bindings: Iterable[Binding]) -> WayKind:
        """Return what lets *who* in, by RoleBindings of one namespace."""
        if self._is_shared(who, bindings):
            return WayKind.SHARED
        if self._tenants.homes(who):
            return WayKind.FOREIGN
        return WayKind.GROUP if who.kind == GROUP else WayKind.OTHER

    def _is_shared(self, who: Principal, bindings: Iterable[Binding]) -> bool:
        """Return whether the dashboard shows all *bindings* as shares with the person or group *who*."""
        subject = displayed(who)
        is_person = not home_of_accounts(subject) and who not in EVERYBODY
        return is_person and all(is_share(binding, subject) for binding in bindings)
