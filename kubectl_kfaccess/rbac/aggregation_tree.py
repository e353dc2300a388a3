"""
The trees of aggregated ClusterRoles: the roles that each selects, and the rules written in each role.

`Aggregation` says which role selects which, as it does for grants. Here the roles are put in reading order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from kubectl_kfaccess.rbac.aggregation import Aggregation, Path
from kubectl_kfaccess.rbac.labels import well_formed
from kubectl_kfaccess.rbac.model import ClusterRole, LabelSelector, PolicyRule
from kubectl_kfaccess.rbac.snapshot import Snapshot

MOST_STEPS = 200_000  # of all paths together: a web of roles can have more paths than anybody can read


class Node(Struct, frozen=True):
    """
    A place in a tree.

    *shown_under* is "" if what the role selects is shown below it. Else it is the role under which that is
    shown, nearer to the root.
    """

    path: Path
    shown_under: str = ""

    @property
    def role(self) -> str:
        """The name of the role at this place."""
        return self.path[-1]

    @property
    def is_cycle(self) -> bool:
        """Whether the role is one of its own ancestors."""
        return self.role in self.path[:-1]


class Part(Struct, frozen=True):
    """
    A role as a tree shows it, with only the rules that are written in it.

    *dangling* are the selectors that select no role. *is_invalid* means that the controller cannot read a
    selector, *assumed* that the role comes only from Kubernetes' defaults.
    """

    name: str
    rules: tuple[PolicyRule, ...]
    aggregated: bool
    selectors: tuple[LabelSelector, ...]
    dangling: tuple[LabelSelector, ...]
    is_invalid: bool
    assumed: bool


def roots(aggregation: Aggregation) -> tuple[str, ...]:
    """Return the aggregated roles that no other role selects; of a cycle, only the first name."""
    in_rings = {name for ring in aggregation.rings for name in ring}
    alone = (frozenset((name,)) for name in aggregation.selected if name not in in_rings)
    return tuple(sorted(min(ring) for ring in (*aggregation.rings, *alone) if _is_root(aggregation, ring)))


def _is_root(aggregation: Aggregation, ring: frozenset[str]) -> bool:
    """Whether no other role selects one of *ring*, a cycle or a single role."""
    return all(other in ring for member in ring for other in aggregation.selecting.get(member, ()))


def folded(aggregation: Aggregation, root: str) -> Iterator[Node]:
    """
    Yield the tree of *root*: each role before the roles that it selects.

    What a role selects is shown once, at the place that is nearest to the root: paths stay short where roles
    select each other.
    """
    parents = _nearest_parents(aggregation, root)
    waiting: list[Path] = [(root,)]
    while waiting:
        path = waiting.pop()
        *_, parent, role = ("", *path)
        if parents[role] == parent:
            yield Node(path)
            waiting += _below(aggregation, path)
        else:
            yield Node(path, parents[role] or root)


def _nearest_parents(aggregation: Aggregation, root: str) -> dict[str, str]:
    """Return for each role below *root* the role that selects it with the fewest steps; of *root* ""."""
    parents = {root: ""}
    waiting = deque(parents)
    while waiting:
        role = waiting.popleft()
        for name in aggregation.selected.get(role, ()):
            if name not in parents:
                parents[name] = role
                waiting.append(name)
    return parents


def unfolded(aggregation: Aggregation, root: str) -> Iterator[Node]:
    """Yield the tree of *root* with every path. No path has a role twice."""
    waiting: list[Path] = [(root,)]
    while waiting:
        path = waiting.pop()
        yield Node(path)
        waiting += (longer for longer in _below(aggregation, path) if longer[-1] not in path)


def all_nodes(aggregation: Aggregation, names: Iterable[str], most: int = MOST_STEPS) -> tuple[Node, ...]:
    """Return the nodes of these trees: `unfolded`, or `folded` if they have more than *most* steps."""
    trees = tuple(names)
    nodes, steps = [], 0
    for node in (node for name in trees for node in unfolded(aggregation, name)):
        nodes.append(node)
        steps += len(node.path)
        if steps > most:
            return tuple(node for name in trees for node in folded(aggregation, name))
    return tuple(nodes)


def members(aggregation: Aggregation, names: Iterable[str]) -> frozenset[str]:
    """Return the names of all roles in the trees of the roles *names*."""
    return _reached(aggregation.selected, names)


def goes_into(aggregation: Aggregation, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the aggregated roles that select the role *name*, and those that select them in turn."""
    direct = aggregation.selecting.get(name, ())
    reached = _reached(aggregation.selecting, direct) - {name}
    return tuple(sorted(direct)), tuple(sorted(reached.difference(direct)))


def part(snapshot: Snapshot, name: str) -> Part:
    """Return the role *name* as a tree shows it."""
    role = snapshot.cluster_roles["", name]
    return Part(
        name,
        snapshot.aggregation.own_rules(name),
        is_aggregated(role),
        role.selectors,
        dangling(snapshot, role),
        is_invalid(role),
        snapshot.is_assumed(role),
    )


def is_aggregated(role: ClusterRole) -> bool:
    """Whether *role* has an aggregation rule, even an empty one."""
    return isinstance(role.aggregation_rule, msgspec.Struct)


def is_invalid(role: ClusterRole) -> bool:
    """Whether *role* has no selector, which servers refuse, or one that the controller cannot read."""
    return is_aggregated(role) and not (role.selectors and all(map(well_formed, role.selectors)))


def dangling(snapshot: Snapshot, role: ClusterRole) -> tuple[LabelSelector, ...]:
    """Return the selectors of *role* that select no other role; none if the controller cannot read them."""
    if is_invalid(role):
        return ()
    by_label = snapshot.aggregation.by_label
    return tuple(s for s in role.selectors if next(by_label.matching(s, role.name), None) is None)


def _below(aggregation: Aggregation, path: Path) -> list[Path]:
    """Return the paths that are one step longer, the last first: they are put on a stack."""
    return [(*path, name) for name in reversed(aggregation.selected.get(path[-1], ()))]


def _reached(graph: Mapping[str, Sequence[str]], names: Iterable[str]) -> frozenset[str]:
    reached = set(names)
    waiting = list(reached)
    while waiting:
        for other in graph.get(waiting.pop(), ()):
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return frozenset(reached)
