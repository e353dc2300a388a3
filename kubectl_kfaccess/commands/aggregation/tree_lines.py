"""Draws the branches in front of a tree's lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kubectl_kfaccess.rbac.aggregation_tree import Node


class TreeLine(NamedTuple):
    """A node, the branch to draw before its line, and what to draw before further lines about it."""

    node: Node
    branch: str
    below: str


def tree_lines(nodes: Sequence[Node]) -> Iterator[TreeLine]:
    """Yield a line for each node of one tree; *nodes* are in the order of their lines."""
    depths = [len(node.path) - 1 for node in nodes]
    for node, depth, next_depth, open_levels in zip(
        nodes, depths, (*depths[1:], 0), _open_levels(depths), strict=True
    ):
        descent = "│ " if next_depth > depth else "  "
        if not depth:
            yield TreeLine(node, "", descent)
            continue
        trunk = "".join("│   " if level in open_levels else "    " for level in range(1, depth))
        goes_on = depth in open_levels
        branch, own_trunk = ("├── ", "│   ") if goes_on else ("└── ", "    ")
        yield TreeLine(node, trunk + branch, trunk + own_trunk + descent)


def _open_levels(depths: Sequence[int]) -> list[frozenset[int]]:
    """Return for each line the depths, up to its own, at which a later line continues the branch."""
    levels: list[frozenset[int]] = []
    open_levels: frozenset[int] = frozenset()
    for depth in reversed(depths):
        levels.append(frozenset(level for level in open_levels if level <= depth))
        open_levels = levels[-1] | {depth}
    return levels[::-1]
