"""
Aggregated ClusterRoles: what rules they end up with, and through which roles each rule came.

Mirrors pkg/controller/clusterroleaggregation. The authorizer reads stored rules only, so a role that was
read from a server (it carries a resourceVersion) is taken as stored, and its selectors merely explain it.
For any other role the controller's result is computed:

- the rules of the selected roles, in the order of selectors and then of names, each rule once;
- the role itself is never selected, whatever its labels;
- a selection that yields no rule leaves hand-written rules standing.

Hand-written rules that take part in a cycle of aggregated roles survive or not, depending on the order in
which the controller sees the roles. They are *uncertain*: never a proof, always a reason to say "not known".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from heapq import heappop, heappush
from itertools import islice
from types import MappingProxyType

from kubectl_kfaccess.rbac.labels import selects, well_formed
from kubectl_kfaccess.rbac.model import ClusterRole, PolicyRule

MOST_PATHS = 64
_MOST_STEPS = 10_000  # a hostile web of cycles must not keep anybody waiting for its explanation

Path = tuple[str, ...]


class Aggregation:
    """
    The effective rules of every ClusterRole in *roles*, by name, and the paths by which they came.

    The roles in *settled* have their final rules already, as `reconciliation` found them, and those uncertain
    rules.
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
        """Return the rules that the role of that name certainly has."""
        return self._effective[name]

    def uncertain_rules(self, name: str) -> tuple[PolicyRule, ...]:
        """Return the rules that the role has or not, depending on the controller's order of events."""
        return self._uncertain.get(name, ())

    def paths(self, name: str, rule: PolicyRule) -> tuple[Path, ...]:
        """
        Return the ways by which *rule* came into the role of that name, shortest first.

        A path runs from that role to the one that owns the rule. A stored rule that no selected role
        explains belongs to the role itself. At most MOST_PATHS are returned.
        """
        key = (name, rule)
        if key not in self._paths:
            found = islice(self._walk(name, rule), MOST_PATHS)
            self._paths[key] = tuple(sorted(found, key=lambda path: (len(path), path))) or ((name,),)
        return self._paths[key]

    def own_rules(self, name: str) -> tuple[PolicyRule, ...]:
        """Return the rules that are written in the role of that name itself: where paths end."""
        rules = dict.fromkeys((*self._effective[name], *self._uncertain.get(name, ())))
        return tuple(rule for rule in rules if self._owns(name, rule))

    def brought(self, name: str) -> tuple[PolicyRule, ...]:
        """Return what the controller would write into the role of that name now: one step, not the end."""
        return union(self._effective[other] for other in self.selected.get(name, ()))

    @cached_property
    def computed(self) -> frozenset[str]:
        """The names of the roles whose rules were computed here, not read from a server."""
        names = (name for name, role in self.roles.items() if role.selectors and not is_stored(role))
        return frozenset(name for name in names if name not in self._settled)

    @cached_property
    def selected(self) -> dict[str, tuple[str, ...]]:
        """For each aggregated role the names of the roles that it selects, in the controller's order."""
        aggregated = [role for role in self.roles.values() if role.selectors]
        by_name = sorted(self.roles.values(), key=lambda role: role.name)
        return {role.name: selected_by(role, by_name) for role in aggregated}

    @cached_property
    def rings(self) -> tuple[frozenset[str], ...]:
        """The sets of roles that select one another, computed or stored, by the first of their names."""
        return tuple(sorted((p for p in strongly_connected(self.selected) if len(p) > 1), key=min))

    @cached_property
    def selecting(self) -> dict[str, list[str]]:
        """For each role that some aggregated role selects the names of those which do."""
        found: dict[str, list[str]] = {}
        for name, contributors in self.selected.items():
            for contributor in contributors:
                found.setdefault(contributor, []).append(name)
        return found

    def _walk(self, name: str, rule: PolicyRule) -> Iterator[Path]:
        """Yield the paths, those that lead to an owner in fewer steps first; dead ends are never entered."""
        distance = self._distance_to_owners(rule)
        waiting: list[tuple[int, int, Path]] = [(0, 0, (name,))]
        for _ in range(_MOST_STEPS):
            if not waiting:
                return
            _, _, path = heappop(waiting)
            if self._owns(path[-1], rule):
                yield path
            for one in self.selected.get(path[-1], ()):
                if one in distance and one not in path:
                    heappush(waiting, (len(path) + distance[one], -len(path), (*path, one)))

    def _distance_to_owners(self, rule: PolicyRule) -> dict[str, int]:
        """For each role that has *rule*, how many steps it is away from the nearest role that owns it."""
        if rule not in self._distances:
            holders = [name for name, rules in self._sets.items() if rule in rules]
            distance = {name: 0 for name in holders if self._owns(name, rule)}
            waiting = deque(distance)
            while waiting:
                name = waiting.popleft()
                for one in self.selecting.get(name, ()):
                    if one not in distance and rule in self._sets[one]:
                        distance[one] = distance[name] + 1
                        waiting.append(one)
            self._distances[rule] = distance
        return self._distances[rule]

    def _owns(self, name: str, rule: PolicyRule) -> bool:
        """Whether the rule is written in that role itself: no role that it selects can have brought it."""
        if rule not in self._sets.get(name, frozenset()):
            return False
        if any(rule in self._sets[other] for other in self.selected.get(name, ())):
            # in a cycle each member has what the others have; who wrote it is who owns it
            return name in self._in_computed_cycles and rule in self.roles[name].rules
        return True

    @cached_property
    def _in_computed_cycles(self) -> frozenset[str]:
        """The members of cycles that are not all stored: of those one cannot tell who wrote what."""
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
        for part in self._components:  # contributors come before the roles that select them
            if len(part) > 1:
                self._solve_cycle(part, certain, uncertain)
                continue
            (name,) = part
            collected = union(certain[other] for other in self.selected[name])
            doubtful = union(uncertain.get(other, ()) for other in self.selected[name])
            stored = self.roles[name].rules
            # syncClusterRole: an empty selection applies no `rules` field, so hand-written rules stand
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
        while not settled:  # rules only add up, so this ends
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
        The computed roles of a cycle and below it.

        One below it may hold its hand-written rules for a moment only, before its own selection overwrites
        them; in that moment they can enter the cycle, and there they stay.
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
        """The strongly connected parts among computed roles, contributors first."""
        graph = {
            name: [other for other in self.selected[name] if other in self.computed] for name in self.computed
        }
        return list(strongly_connected(graph))


def is_stored(role: ClusterRole) -> bool:
    """Whether the role was read from a server, so that its rules are what the authorizer sees."""
    return bool(role.metadata.resource_version)


def selected_by(role: ClusterRole, by_name: Iterable[ClusterRole]) -> tuple[str, ...]:
    """Return the names of the roles that *role* selects, in the controller's order; *by_name* is sorted."""
    # syncClusterRole: a selector that cannot be converted ends the sync, so nothing changes
    if not all(well_formed(selector) for selector in role.selectors):
        return ()
    others = [other for other in by_name if other.name != role.name]
    chosen = (o.name for selector in role.selectors for o in others if selects(selector, o.metadata.labels))
    return tuple(dict.fromkeys(chosen))


def union(parts: Iterable[tuple[PolicyRule, ...]]) -> tuple[PolicyRule, ...]:
    """All rules in order, each once (upstream: ruleExists, by deep equality)."""
    return tuple(dict.fromkeys(rule for part in parts for rule in part))


def strongly_connected(graph: Mapping[str, Sequence[str]]) -> Iterator[frozenset[str]]:
    """Tarjan's algorithm, without recursion: a chain of roles may be longer than Python's stack."""
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
