"""
Expand YAML's aliases as kubectl does: replace merge keys (`<<`), and limit the values that aliases add.

PyYAML could replace merge keys itself, but the result would depend on its version: before 6.0.4, mappings
that merge each other multiply without limit; in 6.0.4, the last of several merged mappings wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from yaml import MappingNode, ScalarNode, SequenceNode
from yaml.constructor import ConstructorError

Node = MappingNode | ScalarNode | SequenceNode

MOST_ADDED = 1_000_000  # values; seven nested lists of nine aliases each add more, and kubectl stops earlier
_MERGE = "tag:yaml.org,2002:merge"
_OPEN = 0  # the size of a node while its content is being counted


class TooManyValues(ConstructorError):
    """Aliases and merge keys stand for more values than any Kubernetes file has."""


def write_out(document: Node) -> None:
    """
    Replace every merge key in *document* by the pairs that it stands for.

    Raises TooManyValues if aliases and merge keys add more than MOST_ADDED values, ConstructorError if an
    anchor contains itself or if a merge key names anything but mappings.
    """
    _Document(document).size(document)


class _Document:
    """A document whose merge keys are being replaced; *added* counts the values that aliases add."""

    def __init__(self, document: Node) -> None:
        self.document = document
        self.sizes: dict[int, int] = {}
        self.added = 0

    def size(self, node: Node) -> int:
        """Return the number of values in the node, with every alias expanded."""
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
        """Return the size of a node that was not counted before, after replacing its merge keys."""
        self.sizes[id(node)] = _OPEN
        if node.id == "mapping":
            node.value = self._pairs(node)
        self.sizes[id(node)] = size = 1 + sum(map(self.size, _content(node)))
        return size

    def _pairs(self, node: Node) -> list[tuple[Node, Node]]:
        """Return the pairs of a mapping with those of its merge keys; of equal keys, the last counts."""
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
    """Return the mappings that a merge key names, in reverse: of a list, the first counts most."""
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
