"""
Anchors of YAML written out as kubectl does it: merge keys (`<<`) are replaced, what aliases add is bounded.

PyYAML is not left to replace merge keys, since the answer would depend on its version: before 6.0.4 mappings
that merge each other multiply without a bound, and in 6.0.4 the last of several merged mappings wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from yaml import MappingNode, ScalarNode, SequenceNode
from yaml.constructor import ConstructorError

Node = MappingNode | ScalarNode | SequenceNode

MOST_ADDED = 1_000_000  # nine aliases in each of seven lists add more; kubectl stops earlier
_MERGE = "tag:yaml.org,2002:merge"
_OPEN = 0  # in place of a size, while the node's own content is being counted


class TooManyValues(ConstructorError):
    """Aliases and merge keys stand for more values than any file of Kubernetes has."""


def write_out(document: Node) -> None:
    """
    Replace every merge key by the pairs that it stands for.

    Raises TooManyValues when aliases and merge keys add more than MOST_ADDED values, ConstructorError when an
    anchor contains itself, and when what is merged is not a mapping.
    """
    _Document(document).size(document)


class _Document:
    def __init__(self, document: Node) -> None:
        self.document = document
        self.sizes: dict[int, int] = {}
        self.added = 0

    def size(self, node: Node) -> int:
        """Return how many values the node has when every alias in it is written out."""
        if node.id == "scalar":
            return 1
        size = self.sizes.get(id(node))
        if size == _OPEN:
            raise _error("an anchor contains itself", node)
        if size is None:
            size = self._first_size(node)
        else:
            self._add(size)
        return size

    def _first_size(self, node: Node) -> int:
        self.sizes[id(node)] = _OPEN
        if node.id == "mapping":
            node.value = self._pairs(node)
        self.sizes[id(node)] = size = 1 + sum(map(self.size, _content(node)))
        return size

    def _pairs(self, node: Node) -> list[tuple[Node, Node]]:
        """Return the pairs in the order in which they count: kubectl takes the last of equal keys."""
        if all(key.tag != _MERGE for key, _ in node.value):
            return list(node.value)
        pairs: list[tuple[Node, Node]] = []
        for key, value in node.value:
            if key.tag != _MERGE:
                pairs.append((key, value))
            for mapping in _merged(value) if key.tag == _MERGE else ():
                self.size(mapping)
                self._add(len(mapping.value))
                pairs += mapping.value
        return pairs

    def _add(self, values: int) -> None:
        self.added += values
        if self.added > MOST_ADDED:
            raise TooManyValues(
                None, None, "its aliases stand for millions of values", self.document.start_mark
            )


def _content(node: Node) -> Iterator[Node]:
    if node.id == "sequence":
        yield from node.value
        return
    for pair in node.value:
        yield from pair


def _merged(value: Node) -> Iterable[Node]:
    """Return the mappings that a merge key names, the one that counts most last: the first of a list."""
    if value.id == "mapping":
        return (value,)
    if value.id != "sequence":
        raise _error(f"expected a mapping or list of mappings for merging, but found {value.id}", value)
    for node in value.value:
        if node.id != "mapping":
            raise _error(f"expected a mapping for merging, but found {node.id}", node)
    return reversed(value.value)


def _error(problem: str, node: Node) -> ConstructorError:
    return ConstructorError(None, None, problem, node.start_mark)
