"""
What the aggregation controller makes of ClusterRoles that change: the rules of those that aggregate them.

Mirrors pkg/controller/clusterroleaggregation, starting from roles that it has reconciled before:

- a selection with rules replaces the role's rules;
- a selection without rules takes away what the controller wrote: hand-written rules stay;
- in a cycle, a rule that every role on it has keeps coming back, though the role that brought it is gone.

Where the result depends on whether the controller sees one change before the next, the rules concerned are
*uncertain*: never a proof, always a reason to say "not known".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct

from kubectl_kfaccess.rbac.aggregation import (
    Aggregation,
    strongly_connected,
    union,
    written_rules,
)
from kubectl_kfaccess.rbac.labels import well_formed
from kubectl_kfaccess.rbac.model import ClusterRole, PolicyRule
from kubectl_kfaccess.rbac.roles_by_label import RolesByLabel

Rules = tuple[PolicyRule, ...]

CONTROLLER = "clusterrole-aggregation-controller"
"""The controller's field manager (upstream: applyClusterRoles)."""


class RoleRules(Struct, frozen=True):
    """The rules that a role has for certain, and those that it has or has not."""

    certain: Rules = ()
    uncertain: Rules = ()


def reconciled(
    before: Aggregation, roles: Mapping[tuple[str, str], ClusterRole], changed: set[str]
) -> dict[str, RoleRules]:
    """
    Return the rules of each aggregated role that the controller writes anew, by name.

    *before* are the roles until now, *roles* those after the change, by ("", name), with the rules that the
    change wrote into them. *changed* names the roles that are new, gone or not the same.
    """
    return _Change(before, {name: role for (_, name), role in roles.items()}, changed).rules()


class _Change:
    def __init__(self, before: Aggregation, roles: Mapping[str, ClusterRole], changed: set[str]) -> None:
        self._before = before
        self._roles = roles
        self._changed = changed
        self._after = Aggregation(roles)
        self._results: dict[str, RoleRules] = {}

    def rules(self) -> dict[str, RoleRules]:
        selected = self._after.selected
        graph = {
            name: [other for other in selected[name] if other in self._touched] for name in self._touched
        }
        for part in strongly_connected(graph):  # contributors come before the roles that select them
            if len(part) > 1:
                self._results.update(dict.fromkeys(part, self._of_cycle(part)))
            else:
                (name,) = part
                self._results[name] = self._of_role(name)
        return self._results

    @cached_property
    def _touched(self) -> set[str]:
        """The aggregated roles of which the controller may write the rules: all that a change can reach."""
        waiting = [name for name in self._after.selected if self._is_touched(name)]
        touched = set(waiting)
        while waiting:
            above = set(self._after.selecting.get(waiting.pop(), ())) - touched
            touched |= above
            waiting += above
        return touched

    def _is_touched(self, name: str) -> bool:
        contributors = self._after.selected[name]
        is_other = contributors != self._before.selected.get(name)
        return is_other or name in self._changed or not self._changed.isdisjoint(contributors)

    def _of_role(self, name: str) -> RoleRules:
        contributors = [self._rules_of(other) for other in self._after.selected[name]]
        collected = union(rules.certain for rules in contributors)
        doubtful = union(rules.uncertain for rules in contributors)
        if collected:
            return _without_repeats(collected, doubtful)
        # syncClusterRole: an empty selection applies no `rules` field, so only the controller's own rules go
        kept = self._kept(name)
        if doubtful:
            return _without_repeats((), union((doubtful, kept.certain, kept.uncertain)))
        return kept

    def _rules_of(self, name: str) -> RoleRules:
        if name in self._results:
            return self._results[name]
        if name in self._after.selected:
            return RoleRules(self._before.rules(name), self._before.uncertain_rules(name))
        return RoleRules(self._roles[name].rules)

    def _kept(self, name: str) -> RoleRules:
        """Return the rules that stay in the role while its selection has none."""
        role = self._roles[name]
        written, doubtful = self._written(name), self._uncertain_before(name)
        if not all(map(well_formed, role.selectors)):
            return RoleRules(written, doubtful)  # the sync ends with an error
        if self._is_controllers(name):
            return RoleRules((), union((written if self._may_be_somebodys(name) else (), doubtful)))
        if self._has_rules_until_the_change(self._selected_at_first(role)):
            return RoleRules((), union((written, doubtful)))
        return RoleRules(written, doubtful)

    def _written(self, name: str) -> Rules:
        """Return the rules that the role has when the controller sees the change."""
        return self._roles[name].rules if name in self._changed else self._before.rules(name)

    def _is_controllers(self, name: str) -> bool:
        """Whether only the controller owns the role's rules: it wrote them, and nobody wrote others since."""
        if name not in self._before.selected or self._is_rewritten(name):
            return False
        if managers := self._before.roles[name].managers_of_rules:
            return managers == {CONTROLLER}
        return any(self._before.rules(other) for other in self._before.selected[name])

    def _is_rewritten(self, name: str) -> bool:
        return name not in self._before.roles or self._written(name) != self._before.rules(name)

    def _may_be_somebodys(self, name: str) -> bool:
        """Whether a manifest has exactly these rules too, so that perhaps the controller never wrote them."""
        role = self._before.roles[name]
        if role.managers_of_rules:
            return False
        return written_rules(role) == self._before.rules(name)

    def _has_rules_until_the_change(self, names: Iterable[str]) -> bool:
        return any(self._before.rules(name) or self._before.uncertain_rules(name) for name in names)

    def _selected_at_first(self, role: ClusterRole) -> tuple[str, ...]:
        """Return what the role selects among the roles until now: they may be relabelled after it."""
        return self._roles_at_first.selected_by(role)

    @cached_property
    def _roles_at_first(self) -> RolesByLabel:
        return RolesByLabel(self._before.roles.values())

    def _uncertain_before(self, name: str) -> Rules:
        return self._before.uncertain_rules(name) if name in self._before.roles else ()

    def _of_cycle(self, part: frozenset[str]) -> RoleRules:
        """Return the rules of every role of a cycle: each of them gets what any of them gets."""
        outside = [self._rules_of(other) for other in self._outside(part)]
        certain = union((*(rules.certain for rules in outside), self._kept_alive(part)))
        passing = (rules for name in sorted(self._feeding(part)) for rules in self._passing(name))
        return _without_repeats(certain, union((*(rules.uncertain for rules in outside), *passing)))

    def _outside(self, part: frozenset[str]) -> list[str]:
        return [other for name in sorted(part) for other in self._after.selected[name] if other not in part]

    def _kept_alive(self, part: frozenset[str]) -> Rules:
        """Return the rules that circle among roles of *part* which all have them, whatever is seen first."""
        held = {name: self._held(name) for name in sorted(part)}
        rules = union(held.values())
        return tuple(rule for rule in rules if self._circles(rule, held))

    def _held(self, name: str) -> Rules:
        """Return the rules that the role has before and after the change is written."""
        if name not in self._before.roles:
            return ()
        written = set(self._written(name))
        return tuple(rule for rule in self._before.rules(name) if rule in written)

    def _circles(self, rule: PolicyRule, held: Mapping[str, Rules]) -> bool:
        holders = {name for name, rules in held.items() if rule in rules}
        graph = {name: [other for other in self._lasting(name) if other in holders] for name in holders}
        return any(len(part) > 1 for part in strongly_connected(graph))

    def _lasting(self, name: str) -> set[str]:
        """Return the roles that the role selects all the time, whichever change the controller sees first."""
        both = set(self._before.selected.get(name, ())) & set(self._after.selected[name])
        return both - self._changed if name in self._changed else both

    def _feeding(self, part: frozenset[str]) -> set[str]:
        """Return the roles that can bring rules into the cycle, if only for a moment, itself included."""
        reached, waiting = set(part), list(part)
        while waiting:
            name = waiting.pop()
            below = {*self._before.selected.get(name, ()), *self._after.selected.get(name, ())} - reached
            reached |= below
            waiting += below
        return reached

    def _passing(self, name: str) -> Iterable[Rules]:
        """Yield the rules that the role has at one moment or other of the change."""
        if name in self._before.roles:
            yield self._before.rules(name)
            yield self._before.uncertain_rules(name)
        if name in self._changed and name in self._roles:
            yield self._roles[name].rules


def _without_repeats(certain: Rules, uncertain: Rules) -> RoleRules:
    return RoleRules(certain, tuple(rule for rule in uncertain if rule not in certain))
