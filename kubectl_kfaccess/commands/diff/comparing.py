"""From two states to the changes of roles and subjects, each with what it leads to and what brings it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from kubectl_kfaccess.commands.diff.diff import PlacedCause, RoleChange, SubjectChange
from kubectl_kfaccess.commands.diff.levels import AreaLevels
from kubectl_kfaccess.commands.diff.states import States
from kubectl_kfaccess.commands.diff.universe import compared_universe
from kubectl_kfaccess.kubeflow.catalogue.names import RUNNER
from kubectl_kfaccess.kubeflow.catalogue.powers import Power, powers
from kubectl_kfaccess.kubeflow.catalogue.selection import areas, chosen_entries, grid_resources, served
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.rbac.access_grid import GridResource
from kubectl_kfaccess.rbac.causes import Cause, Causes, Event
from kubectl_kfaccess.rbac.changes import concerned
from kubectl_kfaccess.rbac.differences import Difference, Differences, RoleDifference
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.model import ClusterRole, Subject
from kubectl_kfaccess.rbac.permissions import PermissionSet, PermissionTable
from kubectl_kfaccess.rbac.reach import alone
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, PERSONA, USER, Principal, displayed

_PERSONAS_ROLES = frozenset((*ROLES.values(), RUNNER))


class Comparison:
    """The comparison of two states."""

    def __init__(self, states: States) -> None:
        self._states = states
        before, after = states.before, states.after
        types = tuple(
            {each.key: each for source in states.sources for each in source.resource_types()}.values()
        )
        self.table = PermissionTable(compared_universe(types, before, after))
        self._differences = Differences(before, after, self.table)
        self._causes = Causes(before, after, self.table)
        resources = _grid(before, after, states)
        self.levels = AreaLevels(resources, self.table)
        self.tenants = Tenants(after)
        self._powers: dict[int, frozenset[Power]] = {}

    def of_everybody(self) -> tuple[SubjectChange, ...]:
        """Return the changes of all subjects, each alone, by subject and namespace."""
        return tuple(self._change(displayed(each.who), each, (each.who,)) for each in self._of_principals)

    def of_subject(self, by_namespace: Mapping[str, KnownSubject]) -> tuple[SubjectChange, ...]:
        """Return the changes of one subject, with all their groups, in each of the namespaces."""
        return tuple(
            change
            for namespace, who in sorted(by_namespace.items())
            if (change := self._of_known(who, namespace)) is not None
        )

    def of_roles(self) -> tuple[RoleChange, ...]:
        """Return the changes of the aggregated roles, and of the roles of personas."""
        return tuple(self._role_change(role) for role in self._differences.of_roles() if self._counts(role))

    @cached_property
    def gained_places(self) -> Mapping[Principal, tuple[str, ...]]:
        """The namespaces ("": the whole cluster) in which each principal surely gains something."""
        places: dict[Principal, tuple[str, ...]] = {}
        for each in self._of_principals:
            if each.gained:
                places[each.who] = (*places.get(each.who, ()), each.namespace)
        return places

    def has_new_powers(self, who: Principal, namespace: str) -> bool:
        """Return whether what *who* gains there leads to secrets, code, others or roles, unlike before."""
        return bool(self._new_powers(self._differences.of_identity(alone(who), who, namespace)))

    def causes_at(self, principals: Iterable[Principal], namespace: str) -> tuple[PlacedCause, ...]:
        """Return what brings the difference of *principals*, each alone, in *namespace*."""
        differences = (self._differences.of_identity(alone(who), who, namespace) for who in principals)
        causes = {cause for each in differences for cause in self._causes.of_difference(each)}
        return self.placed(sorted(causes))

    def placed(self, causes: Iterable[Cause]) -> tuple[PlacedCause, ...]:
        """Return *causes* with where their objects stand in the files."""
        return tuple(map(self._placed_cause, causes))

    @cached_property
    def _of_principals(self) -> tuple[Difference, ...]:
        return self._differences.of_principals(concerned(self._states.before, self._states.after))

    def _of_known(self, who: KnownSubject, namespace: str) -> SubjectChange | None:
        identity = who.seen(Plane.KUBECTL)
        name = Principal(USER, who.user) if who.user else Principal(GROUP, who.subject.name)
        difference = self._differences.of_identity(identity, name, namespace)
        if not any(difference.parts):
            return None
        principals = tuple(each for each in identity.principals if each.name)
        subject = Subject(PERSONA, who.persona) if who.persona else who.subject
        return self._change(subject, difference, principals)

    def _change(
        self, subject: Subject, difference: Difference, principals: Iterable[Principal]
    ) -> SubjectChange:
        who, namespace = difference.who, difference.namespace
        parts = (difference.gained, difference.lost, difference.maybe_gained, difference.maybe_lost)
        areas_changed, others = self.levels.changes(
            parts,
            difference.before,
            difference.after,
            is_group=who.kind == GROUP,
            is_whole=not namespace,
        )
        gains = bool(difference.gained or difference.maybe_gained)
        return SubjectChange(
            subject,
            difference,
            areas_changed,
            others,
            self._new_powers(difference),
            gains and self.tenants.crosses(who, namespace),
            self.placed(self._causes.of_difference(difference, principals)),
        )

    def _new_powers(self, difference: Difference) -> tuple[Power, ...]:
        """Return what the gained permissions lead to, without what those held before lead to."""
        gained = powers(difference.gained)
        if not gained:
            return ()
        bits = difference.before.bits
        if bits not in self._powers:
            self._powers[bits] = frozenset(powers(difference.before))
        return tuple(power for power in gained if power not in self._powers[bits])

    def _counts(self, role: RoleDifference) -> bool:
        if role.name in _PERSONAS_ROLES:
            return True
        sides = (self._states.before, self._states.after)
        roles = (side.cluster_roles.get(("", role.name)) for side in sides)
        return role.kind == ClusterRole.kind and any(each and each.selectors for each in roles)

    def _role_change(self, role: RoleDifference) -> RoleChange:
        nothing = PermissionSet(0, self.table)
        rules = (self._rules(side, role) for side in (self._states.before, self._states.after))
        areas_changed, others = self.levels.changes(
            (role.gained, role.lost, nothing, nothing),
            *rules,
            is_group=False,
            is_whole=role.kind == ClusterRole.kind,
        )
        changed = role.gained.bits | role.lost.bits
        causes = self._causes.of_role((role.kind, role.namespace, role.name), changed)
        return RoleChange(role, areas_changed, others, self.placed(causes))

    def _rules(self, side: Snapshot, role: RoleDifference) -> PermissionSet:
        index = side.cluster_roles if role.kind == ClusterRole.kind else side.roles
        rules = side.rules_of(index.get((role.namespace, role.name)))
        return PermissionSet(self.table.of_rules(rules), self.table)

    def _placed_cause(self, cause: Cause) -> PlacedCause:
        place = self._states.place_of(cause.key)
        # what is applied stands in a file; only a controller makes anything else
        derived = self._states.is_change and not place and cause.event == Event.ADDED.value
        return PlacedCause(cause, place, derived)


def _grid(before: Snapshot, after: Snapshot, states: States) -> tuple[GridResource, ...]:
    """Return the resources of the catalogue that either state has."""
    entries = chosen_entries(areas())
    known: dict[GridResource, None] = {}
    for source, snapshot in zip(states.sources, (before, after), strict=True):
        known.update(dict.fromkeys(grid_resources(entries, served(source.resource_types(), snapshot), None)))
    return tuple(sorted(known, key=_area_order))


def _area_order(resource: GridResource) -> int:
    return _AREAS.index(resource.area)


_AREAS = areas()
