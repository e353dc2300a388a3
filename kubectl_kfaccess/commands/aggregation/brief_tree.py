"""The trees in brief: aggregated roles and roles that need a look; the others are counted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from kubectl_kfaccess.rbac.aggregation_tree import Node, Part
from kubectl_kfaccess.terminal.words import counted


class BriefNode(Struct, frozen=True):
    """A place in a tree, and what is left out directly below it: the number of roles and of their rules."""

    node: Node
    roles: int = 0
    rules: int = 0

    @property
    def text(self) -> str:
        """What is left out, in words; "" for nothing."""
        if not self.roles:
            return ""
        return f"and {counted(self.roles, 'role')}, {counted(self.rules, 'rule')}"


def brief(
    nodes: Sequence[Node], parts: Mapping[str, Part], notable: Collection[str]
) -> tuple[BriefNode, ...]:
    """
    Return the places to show of one tree: its root, and what leads to a role that is *notable*.

    Aggregated roles that select anything else are shown as well. Other roles are counted above their place.
    """
    kept = [node for node in nodes if _is_kept(node, parts, notable)]
    left_out = [node for node in nodes if node not in kept]
    return tuple(_counted_node(node, left_out, parts) for node in _with_ancestors(kept, nodes))


def _is_kept(node: Node, parts: Mapping[str, Part], notable: Collection[str]) -> bool:
    part = parts[node.role]
    if len(node.path) == 1 or node.is_cycle:
        return True
    if node.shown_under:
        return False
    return node.role in notable or part.is_invalid or bool(part.dangling) or part.aggregated


def _with_ancestors(kept: Sequence[Node], nodes: Sequence[Node]) -> Iterator[Node]:
    needed = {node.path[:length] for node in kept for length in range(1, len(node.path) + 1)}
    return (node for node in nodes if node.path in needed)


def _counted_node(node: Node, left_out: Sequence[Node], parts: Mapping[str, Part]) -> BriefNode:
    below = [other for other in left_out if other.path[:-1] == node.path]
    return BriefNode(node, len(below), sum(len(parts[other.role].rules) for other in below))
