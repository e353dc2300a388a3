"""
Aggregated ClusterRoles: the rules that they have in the end, and the roles that each rule came through.

Mirrors pkg/controller/clusterroleaggregation. The authorizer reads only stored rules. So a role that was
read from a server, which has a resourceVersion, keeps its rules, and its selectors only explain them. For
every other role the controller's result is computed:

- It has the rules of the selected roles, in the order of selectors and then of names, each rule once.
- A role never selects itself, whatever its labels.
- If the selected roles have no rules, hand-written rules stay.

In a cycle of aggregated roles, it depends on the order in which the controller sees the roles whether
hand-written rules stay. Such rules are *uncertain*: they never prove a "yes", but they make a "no" unknown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from heapq import heappop, heappush
from itertools import islice
from types import MappingProxyType

import msgspec
from msgspec import Struct

from kubectl_kfaccess.rbac.manifests import LAST_APPLIED
from kubectl_kfaccess.rbac.model import ClusterRole, PolicyRule
from kubectl_kfaccess.rbac.roles_by_label import RolesByLabel

MOST_PATHS = 64
_MOST_STEPS = 10_000  # a hostile web of cycles must not make an explanation take for ever

Path = tuple[str, ...]


class Aggregation:
    """
    The effective rules of every ClusterRole in *roles*, by name, and the paths through which they came.

    `reconciliation` has computed the rules of the roles in *settled*, whose values are their uncertain rules.
    """

    def __init__(
        self,
        roles: Mapping[str, ClusterRole],
        settled: Mapping[str, tuple[PolicyRule, ...]] = MappingProxyType({}),
    ) -> None:
        self.roles = roles
        self._settled = settled
        self._paths: dict[tuple[str, PolicyRule], tuple[Path, ...]] = {}
        self._distances: dict[PolicyRule, dict[str, int]] = {}

    def rules(self, name: str) -> tuple[PolicyRule, ...]:
        """Return the rules that the role *name* certainly has. Raises KeyError if there is no such role."""
        return self._effective[name]

    def uncertain_rules(self, name: str) -> tuple[PolicyRule, ...]:
        """Return the rules that the role *name* has or not, depending on the controller's order of events."""
        return self._uncertain.get(name, ())

    def paths(self, name: str, rule: PolicyRule) -> tuple[Path, ...]:
        """
        Return the paths through which *rule* came into the role *name*, shortest first, at most MOST_PATHS.

        A path begins with that role and ends with the role that the rule is written in. A stored rule that no
        selected role has is written in the role itself.
        """
        key = (name, rule)
        if key not in self._paths:
            paths = islice(self._walk(name, rule), MOST_PATHS)
            self._paths[key] = tuple(sorted(paths, key=lambda path: (len(path), path))) or ((name,),)
        return self._paths[key]

    def own_rules(self, name: str) -> tuple[PolicyRule, ...]:
        """Return the rules that are written in the role *name* itself: there paths end."""
        rules = dict.fromkeys((*self._effective[name], *self._uncertain.get(name, ())))
        return tuple(rule for rule in rules if self._owns(name, rule))

    def brought(self, name: str) -> tuple[PolicyRule, ...]:
        """Return the rules that the controller would write into the role *name* in its next step."""
        return union(self._effective[other] for other in self.selected.get(name, ()))

    @cached_property
    def computed(self) -> frozenset[str]:
        """The names of the aggregated roles whose rules are computed here, not read from a server."""
        names = (name for name, role in self.roles.items() if role.selectors and not is_stored(role))
        return frozenset(name for name in names if name not in self._settled)

    @cached_property
    def selected(self) -> dict[str, tuple[str, ...]]:
        """For each aggregated role, the names of the roles that it selects, in the controller's order."""
        aggregated = (role for role in self.roles.values() if role.selectors)
        return {role.name: self.by_label.selected_by(role) for role in aggregated}

    @cached_property
    def by_label(self) -> RolesByLabel:
        """All roles by their labels."""
        return RolesByLabel(self.roles.values())

    @cached_property
    def rings(self) -> tuple[frozenset[str], ...]:
        """The cycles: sets of names of roles that select one another, sorted by the first name of each."""
        return tuple(sorted((p for p in strongly_connected(self.selected) if len(p) > 1), key=min))

    @cached_property
    def selecting(self) -> dict[str, list[str]]:
        """For each selected role, the names of the aggregated roles that select it."""
        selecting: dict[str, list[str]] = {}
        for name, contributors in self.selected.items():
            for contributor in contributors:
                selecting.setdefault(contributor, []).append(name)
        return selecting

    def _walk(self, name: str, rule: PolicyRule) -> Iterator[Path]:
        """Yield the paths, shorter ways to an owner first, without roles that lead to no owner."""
        distance = self._distance_to_owners(rule)
        waiting: list[tuple[int, int, Path]] = [(0, 0, (name,))]
        for _ in range(_MOST_STEPS):
            if not waiting:
                return
            _, _, path = heappop(waiting)
            if self._owns(path[-1], rule):
                yield path
            for contributor in self.selected.get(path[-1], ()):
                if contributor in distance and contributor not in path:
                    heappush(waiting, (len(path) + distance[contributor], -len(path), (*path, contributor)))

    def _distance_to_owners(self, rule: PolicyRule) -> dict[str, int]:
        """Return, for each role that has *rule*, the number of steps to the nearest role that owns it."""
        if rule not in self._distances:
            holders = [name for name, rules in self._sets.items() if rule in rules]
            distance = {name: 0 for name in holders if self._owns(name, rule)}
            waiting = deque(distance)
            while waiting:
                name = waiting.popleft()
                for selector in self.selecting.get(name, ()):
                    if selector not in distance and rule in self._sets[selector]:
                        distance[selector] = distance[name] + 1
                        waiting.append(selector)
            self._distances[rule] = distance
        return self._distances[rule]

    def _owns(self, name: str, rule: PolicyRule) -> bool:
        """Whether *rule* is written in the role *name* itself, and no selected role can have brought it."""
        if rule not in self._sets.get(name, frozenset()):
            return False
        if any(rule in self._sets[other] for other in self.selected.get(name, ())):
            # in a cycle, every role has the rules of the others: its owner is the role it is written in
            return name in self._in_computed_cycles and rule in self.roles[name].rules
        return True

    @cached_property
    def _in_computed_cycles(self) -> frozenset[str]:
        """The names of the roles in cycles with a computed role. Only there it is known who wrote a rule."""
        return frozenset(name for ring in self.rings if ring & self.computed for name in ring)

    @cached_property
    def _sets(self) -> dict[str, frozenset[PolicyRule]]:
        return {
            name: frozenset((*self._effective[name], *self._uncertain.get(name, ()))) for name in self.roles
        }

    @cached_property
    def _effective(self) -> dict[str, tuple[PolicyRule, ...]]:
        return self._solution[0]

    @cached_property
    def _uncertain(self) -> dict[str, tuple[PolicyRule, ...]]:
        return self._solution[1]

    @cached_property
    def _solution(self) -> tuple[dict[str, tuple[PolicyRule, ...]], dict[str, tuple[PolicyRule, ...]]]:
        certain: dict[str, tuple[PolicyRule, ...]] = {
            name: role.rules for name, role in self.roles.items() if name not in self.computed
        }
        uncertain: dict[str, tuple[PolicyRule, ...]] = dict(self._settled)
        for part in self._components:  # selected roles come before the roles that select them
            if len(part) > 1:
                self._solve_cycle(part, certain, uncertain)
                continue
            (name,) = part
            collected = union(certain[other] for other in self.selected[name])
            doubtful = union(uncertain.get(other, ()) for other in self.selected[name])
            stored = self.roles[name].rules
            # syncClusterRole: an empty selection applies no `rules` field, so hand-written rules stay
            certain[name] = collected or (() if doubtful else stored)
            extra = doubtful if collected else union((doubtful, stored)) if doubtful else ()
            uncertain[name] = tuple(rule for rule in extra if rule not in certain[name])
        return certain, uncertain

    def _solve_cycle(
        self,
        part: frozenset[str],
        certain: dict[str, tuple[PolicyRule, ...]],
        uncertain: dict[str, tuple[PolicyRule, ...]],
    ) -> None:
        members = sorted(part)
        outside = {name: [o for o in self.selected[name] if o not in part] for name in members}
        certain.update(dict.fromkeys(members, ()))
        settled = False
        while not settled:  # rules are only added, so this ends
            settled = True
            for name in members:
                collected = union(certain[other] for other in self.selected[name])
                settled = settled and len(collected) == len(certain[name])
                certain[name] = collected
        doubtful = union(
            (
                *(uncertain.get(other, ()) for name in members for other in outside[name]),
                *(self.roles[name].rules for name in sorted(self._feeding(part))),
            )
        )
        for name in members:
            uncertain[name] = tuple(rule for rule in doubtful if rule not in certain[name])

    def _feeding(self, part: frozenset[str]) -> set[str]:
        """
        Return the names of the computed roles of a cycle and of those below it.

        A role below can have its hand-written rules for a moment, before its own selection overwrites them.
        In that moment they can enter the cycle, and there they stay.
        """
        reached = set(part)
        waiting = list(part)
        while waiting:
            for other in self.selected.get(waiting.pop(), ()):
                if other in self.computed and other not in reached:
                    reached.add(other)
                    waiting.append(other)
        return reached

    @cached_property
    def _components(self) -> list[frozenset[str]]:
        """The strongly connected parts of the computed roles, selected roles first."""
        graph = {
            name: [other for other in self.selected[name] if other in self.computed] for name in self.computed
        }
        return list(strongly_connected(graph))


def is_stored(role: ClusterRole) -> bool:
    """Whether *role* was read from a server, so that its rules are those that the authorizer reads."""
    return bool(role.metadata.resource_version)


class _Manifest(Struct):
    rules: tuple[PolicyRule, ...] | None = ()


def written_rules(role: ClusterRole) -> tuple[PolicyRule, ...]:
    """
    Return the rules that the manifest of *role* gives.

    Of a role from a server it is the manifest that `kubectl apply` keeps in an annotation; () without one.
    """
    if not is_stored(role):
        return role.rules
    try:
        manifest = msgspec.json.decode(role.metadata.annotations.get(LAST_APPLIED, "{}"), type=_Manifest)
    except (msgspec.DecodeError, RecursionError):  # an annotation can hold any text
        return ()
    return manifest.rules or ()


def union(parts: Iterable[tuple[PolicyRule, ...]]) -> tuple[PolicyRule, ...]:
    """Return all rules in order, each once (upstream: ruleExists, by deep equality)."""
    return tuple(dict.fromkeys(rule for part in parts for rule in part))


def strongly_connected(graph: Mapping[str, Sequence[str]]) -> Iterator[frozenset[str]]:
    """
    Yield the strongly connected parts of *graph*, each after the parts that it points to.

    Tarjan's algorithm, without recursion: a chain of roles can be longer than Python's stack.
    """
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for root in sorted(graph):
        if root in order:
            continue
        calls = [(root, iter(graph[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while calls:
            node, successors = calls[-1]
            for successor in successors:
                if successor not in graph:
                    continue
                if successor not in order:
                    order[successor] = low[successor] = len(order)
                    stack.append(successor)
                    on_stack.add(successor)
                    calls.append((successor, iter(graph[successor])))
                    break
                if successor in on_stack:
                    low[node] = min(low[node], order[successor])
            else:
                calls.pop()
                if calls:
                    low[calls[-1][0]] = min(low[calls[-1][0]], low[node])
                if low[node] == order[node]:
                    part = stack[stack.index(node) :]
                    del stack[-len(part) :]
                    on_stack.difference_update(part)
                    yield frozenset(part)
