"""
Who gets into another tenant by steps because of a change, and did not before.

Their own bindings need not change for that: who runs code as an account gains what the account gains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from kubectl_kfaccess.commands.diff.comparing import Comparison
from kubectl_kfaccess.commands.diff.diff import PlacedCause, StepChange, Steps, SubjectChange
from kubectl_kfaccess.commands.diff.object_causes import ObjectCauses
from kubectl_kfaccess.commands.diff.states import States
from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.escalation.edge import Edge
from kubectl_kfaccess.escalation.gains import WHOLE, Gain, Gains, own_principals, place_of
from kubectl_kfaccess.escalation.nodes import Kind, Node
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.kubeflow.tenants.platform_grants import EVERYBODY
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel, TenantLevels
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane, identified
from kubectl_kfaccess.rbac.model import Binding, Subject
from kubectl_kfaccess.rbac.reach import alone
from kubectl_kfaccess.rbac.subjects import (
    GROUP,
    PERSONA,
    USER,
    Identity,
    Principal,
    displayed,
    home_of_accounts,
    reference,
)
from kubectl_kfaccess.resolve.escalation import escalation_of

Taken = dict[tuple[Principal, str], bool]
"""Who is known to get into which namespace already, and whether that is proved."""


class StepComparison:
    """What the subjects of tenants reach in other tenants, in two states."""

    def __init__(
        self, states: States, escalations: tuple[Escalation, Escalation], comparison: Comparison
    ) -> None:
        self._before, self._after = states.before, states.after
        self._gains = Gains(*escalations)
        self._comparison = comparison
        self._old_tenants = Tenants(states.before)
        self._levels = TenantLevels(states.after)
        self._old_levels = TenantLevels(states.before)
        self._object_causes = ObjectCauses(states.before, states.after)
        self._further: dict[tuple[Principal, str], bool] = {}
        self._causes_known: dict[object, tuple[PlacedCause, ...]] = {}
        self._access = {
            who: counting
            for who, places in comparison.gained_places.items()
            if (counting := tuple(place for place in places if self._leads_into_tenants(who, place)))
        }

    def of_everybody(self, changes: Iterable[SubjectChange]) -> Iterator[StepChange]:
        """
        Yield who gets into which tenant; *changes* are those without steps, which are not repeated.

        What a group of everybody gains is not repeated for each subject.
        """
        taken, tenants = _taken(changes), self._comparison.tenants
        crossing = filter(tenants.can_cross, self._gains.concerned(self._access))
        for who in sorted(crossing, key=lambda who: (who not in EVERYBODY, who)):
            subject = displayed(who)
            for change in self._changes(subject, who, identified(subject).seen(Plane.KUBECTL), taken):
                yield change
                if who in EVERYBODY:
                    taken[who, change.namespace] = change.is_proved

    def of_subject(
        self, by_namespace: Mapping[str, KnownSubject], changes: Iterable[SubjectChange]
    ) -> Iterator[StepChange]:
        """Yield the same of one subject, who is perhaps another one in each namespace."""
        taken = _taken(changes)
        known = {who.seen(Plane.KUBECTL): who for who in by_namespace.values()}
        for identity, who in known.items():
            name = Principal(USER, who.user) if who.user else Principal(GROUP, who.subject.name)
            subject = Subject(PERSONA, who.persona) if who.persona else who.subject
            yield from self._changes(subject, name, identity, taken)

    def _changes(
        self, subject: Subject, who: Principal, identity: Identity, taken: Taken
    ) -> Iterator[StepChange]:
        best: dict[str, Gain] = {}
        for gain in self._gains.of(identity, self._access):
            if gain.place not in best and self._counts(who, gain):
                best[gain.place] = gain
        whole = best.get(WHOLE)
        for place, gain in sorted(best.items()):
            is_repeated = bool(place and whole and whole.is_proved >= gain.is_proved)
            names = (who, *own_principals(identity), *(Principal(GROUP, name) for name in identity.groups))
            if not is_repeated and not any(taken.get((name, place), -1) >= gain.is_proved for name in names):
                yield self._change(subject, gain)

    def _counts(self, who: Principal, gain: Gain) -> bool:
        """Return whether the gain is in another tenant, and neither shared with *who* nor everybody's."""
        node, place, tenants = gain.reached.node, gain.place, self._comparison.tenants
        if not tenants.is_away(who, place):
            return False
        if gain.is_access:
            is_more = gain.is_new or self._rises(node, place)
            return is_more and self._level(node, place) is not TenantLevel.NONE
        if node.kind is Kind.NODE and self._is_newcomer(who):
            return False  # the code of a new tenant is as near to the nodes as that of all others
        return not (place and tenants.is_shared(who, place) and self._is_own_step(gain))

    def _is_newcomer(self, who: Principal) -> bool:
        """Return whether *who* was at home in no tenant before, or no binding named them yet."""
        return not (self._old_tenants.can_cross(who) and self._before.places.get(who))

    def _rises(self, node: Node, place: str) -> bool:
        """Return whether somebody is on another level there than before, or has another power."""
        return any(self._gets_further(who, place) for who in own_principals(node.identity))

    def _gets_further(self, who: Principal, place: str) -> bool:
        """Return the same of one name: that it has more of what it could do before leads nowhere new."""
        key = (who, place)
        if key not in self._further:
            levels = (side.level(alone(who), place) for side in (self._old_levels, self._levels))
            self._further[key] = len({*levels}) > 1 or self._comparison.has_new_powers(who, place)
        return self._further[key]

    def _is_own_step(self, gain: Gain) -> bool:
        """Return whether the subject itself takes the step into the namespace, and nobody on the way."""
        last = gain.reached.start
        for node, edge in self._gains.after.path(gain.reached):
            last = node if node.is_somebody else last
            if place_of(edge.to) == gain.place:
                break
        return last == gain.reached.start

    def _change(self, subject: Subject, gain: Gain) -> StepChange:
        node, place = gain.reached.node, gain.place
        return StepChange(
            subject,
            place,
            gain.reached,
            TenantLevel.NONE if gain.is_new else self._old_levels.level(_own(node), place),
            self._level(node, place) if gain.is_access else None,
            self._bindings(node, place) if gain.is_access else (),
            tuple(sorted({*self._causes(gain)})),
        )

    def _level(self, node: Node, place: str) -> TenantLevel:
        return self._levels.level(_own(node), place)

    def _bindings(self, node: Node, place: str) -> tuple[Binding, ...]:
        bound = self._after.bound.get(place, {})
        return tuple(binding for who in own_principals(node.identity) for binding in bound.get(who, ()))

    def _causes(self, gain: Gain) -> Iterator[PlacedCause]:
        """Yield what makes the way new: the causes of each edge that was not there before."""
        for node, edge in self._gains.after.path(gain.reached):
            if not self._gains.has_before(node, edge):
                yield from self._causes_of_edge(node, edge)
        if gain.is_access:
            yield from self._causes_at(tuple(own_principals(gain.reached.node.identity)), gain.place)

    def _causes_of_edge(self, node: Node, edge: Edge) -> tuple[PlacedCause, ...]:
        for place in dict.fromkeys((place_of(edge.to) or "", edge.place.strip("*"), WHOLE)):
            if causes := self._causes_at(_names(node), place):
                return causes
        home = home_of_accounts(edge.to.subject) if edge.to.subject else edge.to.namespace
        return self._comparison.placed(self._object_causes.of(home or edge.place))

    def _causes_at(self, names: tuple[Principal, ...], place: str) -> tuple[PlacedCause, ...]:
        if (names, place) not in self._causes_known:
            self._causes_known[names, place] = self._comparison.causes_at(names, place)
        return self._causes_known[names, place]

    def _leads_into_tenants(self, who: Principal, place: str) -> bool:
        """
        Return whether access of *who* to *place* can be new access to a tenant that is not their home.

        People are reached by impersonation alone, so only accounts are looked at more closely.
        """
        tenants, home = self._comparison.tenants, home_of_accounts(displayed(who))
        is_tenant = not place or place in tenants.namespaces
        return is_tenant and home != (place or None) and (not home or self._gets_further(who, place))


def _own(node: Node) -> Identity:
    """Return the identity without the groups that everybody is in."""
    groups = tuple(who.name for who in own_principals(node.identity) if who.kind == GROUP)
    return Identity(node.user, groups)


def _taken(changes: Iterable[SubjectChange]) -> Taken:
    return {(change.difference.who, change.namespace): True for change in changes if change.crosses}


def _names(node: Node) -> tuple[Principal, ...]:
    """Return the principals that *node* has; none if it is nobody."""
    if node.is_somebody:
        return (*own_principals(node.identity), *(Principal(GROUP, name) for name in node.groups))
    return tuple(Principal(GROUP, name) for name in node.groups)


def steps_of(
    states: States,
    comparison: Comparison,
    changes: Iterable[SubjectChange],
    by_namespace: Mapping[str, KnownSubject] | None,
) -> Steps:
    """Return who gets into another tenant by steps, proved ways first; of one subject if it is given."""
    if not comparison.tenants.namespaces or not _differ(states):
        return Steps()
    escalations = _escalations(states)
    steps = StepComparison(states, escalations, comparison)
    if by_namespace is None:
        changes_by_steps = steps.of_everybody(changes)
    else:
        changes_by_steps = steps.of_subject(by_namespace, changes)
    return Steps(tuple(sorted(changes_by_steps, key=_order)), escalations[1])


def _order(change: StepChange) -> tuple[bool, str, str]:
    return (not change.is_proved, reference(change.subject), change.namespace)


def _differ(states: States) -> bool:
    """Return whether any objects differ that steps depend on."""
    return any(getattr(states.before, name) != getattr(states.after, name) for name in _FIELDS)


def _escalations(states: States) -> tuple[Escalation, Escalation]:
    """Return the steps of both states; if one knows no accounts, none is missing in the other."""
    before, after = (
        escalation_of(source, snapshot)
        for source, snapshot in zip(states.sources, (states.before, states.after), strict=True)
    )
    if before.facts.knows_accounts == after.facts.knows_accounts:
        return before, after
    facts = (replace(each.facts, knows_accounts=False) for each in (before, after))
    first, second = map(Escalation, facts)
    return first, second


_FIELDS = (
    "cluster_roles",
    "cluster_role_bindings",
    "roles",
    "role_bindings",
    "service_accounts",
    "namespaces",
    "profiles",
    "unread_roles",
)
