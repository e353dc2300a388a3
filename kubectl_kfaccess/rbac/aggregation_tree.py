"""
The trees of aggregated ClusterRoles: what each selects, and what each part of a tree brings by itself.

Who selects whom is `Aggregation`'s, the same that explains a grant; here it is put into an order for reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from kubectl_kfaccess.rbac.aggregation import Aggregation, Path
from kubectl_kfaccess.rbac.labels import selects, well_formed
from kubectl_kfaccess.rbac.model import ClusterRole, LabelSelector, PolicyRule
from kubectl_kfaccess.rbac.snapshot import Snapshot

MOST_STEPS = 200_000  # of all paths together: a web of roles can have more than anybody has time for


class Node(Struct, frozen=True):
    """A place in a tree; *again* marks a role that was shown before, which is not descended into."""

    path: Path
    again: bool = False

    @property
    def role(self) -> str:
        """The role that stands here."""
        return self.path[-1]

    @property
    def is_cycle(self) -> bool:
        """Whether the role is one of its own ancestors."""
        return self.role in self.path[:-1]


class Part(Struct, frozen=True):
    """
    A role as a tree shows it, with the rules that are written in it alone.

    *dangling* are the selectors that select no role, *is_invalid* says that the controller cannot read one of
    them, and *assumed* that nothing but Kubernetes' defaults speaks for the role.
    """

    name: str
    rules: tuple[PolicyRule, ...]
    aggregated: bool
    selectors: tuple[LabelSelector, ...]
    dangling: tuple[LabelSelector, ...]
    is_invalid: bool
    assumed: bool


def roots(aggregation: Aggregation) -> tuple[str, ...]:
    """Return the aggregated roles that no other one selects; of a ring that none does, the first by name."""
    members = {name: ring for ring in aggregation.rings for name in ring}
    found = set()
    for name in aggregation.selected:
        ring = members.get(name, frozenset((name,)))
        if all(other in ring for one in ring for other in aggregation.selecting.get(one, ())):
            found.add(min(ring))
    return tuple(sorted(found))


def folded(aggregation: Aggregation, root: str) -> Iterator[Node]:
    """Yield the tree of *root*, first a role and then what it selects; a role is descended into once."""
    seen: set[str] = set()
    waiting: list[Path] = [(root,)]
    while waiting:
        path = waiting.pop()
        again = path[-1] in seen
        yield Node(path, again)
        if not again:
            seen.add(path[-1])
            waiting += _below(aggregation, path)


def unfolded(aggregation: Aggregation, root: str) -> Iterator[Node]:
    """Yield the tree of *root* with every path in full; none passes a role twice."""
    waiting: list[Path] = [(root,)]
    while waiting:
        path = waiting.pop()
        yield Node(path)
        waiting += (longer for longer in _below(aggregation, path) if longer[-1] not in path)


def all_nodes(aggregation: Aggregation, names: Iterable[str], most: int = MOST_STEPS) -> tuple[Node, ...]:
    """Return every path of these trees; where they have more than *most* steps, each role is entered once."""
    trees = tuple(names)
    found, steps = [], 0
    for node in (node for name in trees for node in unfolded(aggregation, name)):
        found.append(node)
        steps += len(node.path)
        if steps > most:
            return tuple(node for name in trees for node in folded(aggregation, name))
    return tuple(found)


def members(aggregation: Aggregation, names: Iterable[str]) -> frozenset[str]:
    """Return the names of all roles in the trees of *names*."""
    return _reached(aggregation.selected, names)


def goes_into(aggregation: Aggregation, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the aggregated roles that select the one of that name, and those that come after them."""
    direct = aggregation.selecting.get(name, ())
    reached = _reached(aggregation.selecting, direct) - {name}
    return tuple(sorted(direct)), tuple(sorted(reached.difference(direct)))


def part(snapshot: Snapshot, name: str) -> Part:
    """Return what a tree says of the role of that name."""
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
    """Whether the role has an aggregation rule, be it an empty one."""
    return isinstance(role.aggregation_rule, msgspec.Struct)


def is_invalid(role: ClusterRole) -> bool:
    """Whether the controller cannot read a selector of the role, or there is none, which servers refuse."""
    return is_aggregated(role) and not (role.selectors and all(map(well_formed, role.selectors)))


def dangling(snapshot: Snapshot, role: ClusterRole) -> tuple[LabelSelector, ...]:
    """Return the role's selectors that select no other role; none where the controller cannot read them."""
    if is_invalid(role):
        return ()
    others = [other for other in snapshot.cluster_roles.values() if other.name != role.name]
    return tuple(s for s in role.selectors if not any(selects(s, other.metadata.labels) for other in others))


def _below(aggregation: Aggregation, path: Path) -> list[Path]:
    """The paths one step further, the last one first, as a stack wants them."""
    return [(*path, name) for name in reversed(aggregation.selected.get(path[-1], ()))]


def _reached(graph: Mapping[str, Sequence[str]], names: Iterable[str]) -> frozenset[str]:
    found = set(names)
    waiting = list(found)
    while waiting:
        for other in graph.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return frozenset(found)
