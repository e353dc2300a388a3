"""
What to remove so that a way into a tenant is gone.

A removal is proposed only if the way is gone without it: of a direct way, if what is left of the bindings
grants nothing there; of a way by steps, if a fresh search finds none. Bindings that a release ships, or that
the profile controller writes, are not deleted: a subject that does not belong there is taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace as changed

from msgspec.structs import replace

from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.escalation.gains import own_principals
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.removal import Removal
from kubectl_kfaccess.isolation.way import Way
from kubectl_kfaccess.isolation.ways import ways_between
from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR, OWNERS_BINDING, VIEWER
from kubectl_kfaccess.kubeflow.tenants.platform_grants import PlatformGrants
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.manifests import Manifest, manifest_of
from kubectl_kfaccess.rbac.model import Binding, ClusterRoleBinding, RoleBinding, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot, principals_of
from kubectl_kfaccess.rbac.subjects import GROUP, USER, Principal, displayed, displayed_subject

MOST_REMOVALS = 4
MOST_SEARCHES = 40
"""How many fresh searches are made for one answer: each costs about as much as finding all ways."""
_CONTROLLERS = (OWNERS_BINDING, EDITOR, VIEWER)

Removals = tuple[Removal, ...]


class Stops:
    """What stops the ways of one cluster. Each set of removals is searched once."""

    def __init__(self, view: ClusterView) -> None:
        self._view = view
        self._platform = PlatformGrants(view.snapshot)
        self._known: dict[tuple[object, ...], Removals] = {}
        self._without: dict[Removals, Escalation] = {}

    def of(self, way: Way) -> Removals:
        """Return what to remove, all of it; () if nothing is known to be enough."""
        key = (way.into, way.from_tenant, way.subjects, way.kind)
        if key not in self._known:
            self._known[key] = self._of_steps(way) if way.reached else self._of_bindings(way)
        return self._known[key]

    def _of_bindings(self, way: Way) -> Removals:
        bound = {who for each in way.bindings for who in principals_of(each)}
        names = frozenset(who for who in bound if self._is(who, way))
        removals = tuple(self._removal(binding, names) for binding in way.bindings)
        after = without(self._view.snapshot, removals)
        left = [binding for who in names for binding in after.bound.get(way.into, {}).get(who, ())]
        own = [each for each in left if each.key in {binding.key for binding in way.bindings}]
        is_gone = self._view.crossings.levels.level(own) is TenantLevel.NONE
        return removals if names and is_gone else ()

    def _is(self, who: Principal, way: Way) -> bool:
        """Return whether *who* is the subject of the way, or a group that the subject is known to be in."""
        people, subject = self._view.crossings.people, way.subject
        groups = people.groups_of(subject.name) if people and subject.kind == USER else ()
        return displayed(who) == subject or (who.kind == GROUP and who.name in groups)

    def _of_steps(self, way: Way) -> Removals:
        removals: Removals = ()
        escalation = self._view.escalation
        ways: Sequence[Way] = (way,)
        while ways and len(removals) < MOST_REMOVALS:
            removal = self._opening(ways[0], escalation)
            if removal is None or removal in removals:
                return ()
            removals = (*removals, removal)
            if removals not in self._without and len(self._without) >= MOST_SEARCHES:
                return ()
            escalation = self._escalation_without(removals)
            ways = self._ways_left(way, escalation)
        return removals if not ways else ()

    def _ways_left(self, way: Way, escalation: Escalation) -> Sequence[Way]:
        crossings = self._view.crossings
        ways = ways_between(crossings, escalation, way.from_tenant, way.into)
        return [each for each in ways if each.is_proved or not way.is_proved]

    def _escalation_without(self, removals: Removals) -> Escalation:
        if removals not in self._without:
            snapshot = without(self._view.snapshot, removals)
            facts = changed(self._view.escalation.facts, evaluator=Evaluator(snapshot))
            self._without[removals] = Escalation(facts)
        return self._without[removals]

    def _opening(self, way: Way, escalation: Escalation) -> Removal | None:
        """Return the removal of the last binding of the way that somebody made by hand."""
        for binding, names in _bindings_of(way, escalation):
            if not self._is_written_by_controller(binding, names):
                return self._removal(binding, names)
        return None

    def _is_written_by_controller(self, binding: Binding, names: frozenset[Principal]) -> bool:
        """Return whether a release or the profile controller binds one of *names* by it."""
        subjects = [who for who in principals_of(binding) if who in names]
        if any(self._platform.releases(who, binding) for who in subjects):
            return True
        tenant = self._view.profiles.tenants.tenant(binding.namespace)
        is_at_home = tenant and all(tenant in self._view.profiles.tenants.tenants(who) for who in subjects)
        return bool(is_at_home) and binding.name in _CONTROLLERS

    def _removal(self, binding: Binding, names: frozenset[Principal]) -> Removal:
        """Return the removal of *names* from the binding: of the whole of it, if nobody else is in it."""
        subjects = [displayed(who) for who in principals_of(binding) if who in names]
        key = (binding.kind, binding.namespace, binding.name)
        is_kept = len(principals_of(binding)) > 1 or binding.name in _CONTROLLERS
        return Removal(key, subjects[0] if is_kept and subjects else None)


def _bindings_of(way: Way, escalation: Escalation) -> Iterator[tuple[Binding, frozenset[Principal]]]:
    """Yield the bindings that the way needs, the last first, each with the names that it binds."""
    if way.reached is None:
        return
    node = way.reached.node
    if node.is_somebody:
        names = frozenset(own_principals(node.identity))
        bound = escalation.facts.snapshot.bound.get(way.into, {})
        yield from ((binding, names) for who in sorted(names) for binding in bound.get(who, ()))
    for step in reversed(escalation.steps(way.reached)):
        names = frozenset(step.source.identity.principals)
        yield from ((grant.binding, names) for grant in step.grants)


def without(snapshot: Snapshot, removals: Iterable[Removal]) -> Snapshot:
    """Return *snapshot* without what *removals* take away. Roles stay, so no role is computed anew."""
    inside, wide = dict(snapshot.role_bindings), dict(snapshot.cluster_role_bindings)
    for removal in removals:
        kind, *key = removal.key
        if kind == RoleBinding.kind:
            _remove(inside, (key[0], key[1]), removal.subject)
        else:
            _remove(wide, (key[0], key[1]), removal.subject)
    return changed(snapshot, role_bindings=inside, cluster_role_bindings=wide)


def _remove(
    bindings: dict[tuple[str, str], RoleBinding] | dict[tuple[str, str], ClusterRoleBinding],
    key: tuple[str, str],
    subject: Subject | None,
) -> None:
    binding = bindings[key]
    if subject is None:
        del bindings[key]
    else:
        bindings[key] = replace(binding, subjects=_others(binding, subject))  # type: ignore[assignment] # of the same type as before


def _others(binding: Binding, subject: Subject) -> tuple[Subject, ...]:
    return tuple(each for each in binding.subjects if displayed_subject(each, binding.namespace) != subject)


def kept_manifest(snapshot: Snapshot, removal: Removal) -> Manifest | None:
    """Return the binding without the subject, to apply; None if all of it is to be deleted."""
    if removal.subject is None:
        return None
    kind, namespace, name = removal.key
    known = snapshot.role_bindings if kind == RoleBinding.kind else snapshot.cluster_role_bindings
    binding = known[namespace, name]
    return manifest_of(replace(binding, subjects=_others(binding, removal.subject)))
