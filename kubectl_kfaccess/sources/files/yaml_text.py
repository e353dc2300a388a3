"""
YAML as text: its documents, the items of a List, and loading one of either with libyaml.

A big file is cut into pieces before it is parsed, so that memory follows the piece at hand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from kubectl_kfaccess.errors import ErrorCode, UnreadableInput

DEEPEST = 500
MOST_VALUES = 1_000_000  # where aliases are used: nine in each of seven lists make more
_SEPARATOR = re.compile(rb"---(\s|$)")
_ITEMS = re.compile(rb"^items:[ \t]*\r?\n(?=- )", re.MULTILINE)
_ITEM = re.compile(rb"^-[ \t]", re.MULTILINE)
_NEXT_KEY = re.compile(rb"^[^-\s#]", re.MULTILINE)
_ANCHOR = re.compile(rb"[\s\[{,]&[\w-]+\s")
_BRACKET = re.compile(rb"[\[\]{}]")
_DEEP_LINE = re.compile(rb"^ *(?:[-?:][ \t]+){%d}|^ {%d}" % (DEEPEST, 2 * DEEPEST), re.MULTILINE)


def split(start: bytes, lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield each document's first line number and text: `---` at the start of a line always separates."""
    collected = bytearray(start)
    first = 1
    number = start.count(b"\n")
    for line in lines:
        number += 1
        if _SEPARATOR.match(line):
            yield first, bytes(collected)
            collected, first = bytearray(), number
        collected += line
    text = bytes(collected)
    del collected  # nothing twice in memory while the text is parsed
    yield first, text


def list_items(text: bytes) -> Iterator[tuple[int, bytes]] | None:
    """
    Return the items of a List as kubectl prints it, each with the number of lines before it.

    None when the text is laid out otherwise, or when an anchor in one item may be meant in another.
    """
    found = _ITEMS.search(text)
    return _items(text, found.end()) if found and not _ANCHOR.search(text) else None


def _items(text: bytes, begin: int) -> Iterator[tuple[int, bytes]]:
    end = _NEXT_KEY.search(text, begin)
    stop = end.start() if end else len(text)
    starts = [found.start() for found in _ITEM.finditer(text, begin, stop)]
    line, last = text.count(b"\n", 0, begin), begin
    for at, upto in zip(starts, [*starts[1:], stop], strict=True):
        line += text.count(b"\n", last, at)
        last = at
        yield line, text[at:upto]


def load(text: bytes, label: str, first: int) -> Any:
    """Return the value of one document; an error names *label* and the line, *first* being the text's."""
    import yaml  # slow, and JSON is read without it

    if is_deep(text):
        raise UnreadableInput(f"{label}:{first}: malformed YAML: nested more than {DEEPEST} levels deep")
    try:
        content = yaml.load(text.decode("utf-8-sig"), Loader=_loader())  # noqa: S506 (a safe loader, without dates)
        if _ANCHOR.search(text) and _values(content, {}) > MOST_VALUES:
            raise _TooManyValues(0)
    except _TooManyValues as error:
        problem = "its aliases stand for millions of values"
        where = f"{label}:{first + error.line}"
        raise UnreadableInput(f"{where}: malformed YAML: {problem}", code=ErrorCode.TOO_BIG) from error
    except UnicodeDecodeError as error:
        line = first + error.object[: error.start].count(b"\n")
        raise UnreadableInput(f"{label}:{line}: malformed YAML: not UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        line = first + (error.problem_mark.line if error.problem_mark else 0)
        raise UnreadableInput(f"{label}:{line}: malformed YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise UnreadableInput(f"{label}:{first}: malformed YAML: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise UnreadableInput(f"{label}:{first}: malformed YAML: nested too deep") from error
    except (ValueError, LookupError, AttributeError) as error:  # all that PyYAML says of `!!bool maybe`
        problem = "a value is not what its tag says, or too long a number"
        raise UnreadableInput(f"{label}:{first}: malformed YAML: {problem}") from error
    return content


class _TooManyValues(Exception):
    """Aliases multiply what is written in a *line* of a document."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _values(content: Any, known: dict[int, int]) -> int:
    """How many values there are when every alias is written out; one that contains itself is left alone."""
    if not isinstance(content, (dict, list)):
        return 1
    if id(content) not in known:
        known[id(content)] = 1
        inside = content.values() if isinstance(content, dict) else content
        known[id(content)] = 1 + sum(_values(value, known) for value in inside)
    return known[id(content)]


def is_deep(text: bytes) -> bool:
    """Whether the text is nested deeper than any object: libyaml would use up the stack and crash."""
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth = depth + 1 if bracket[0] in b"[{" else max(0, depth - 1)
        if depth > DEEPEST:
            return True
    return bool(_DEEP_LINE.search(text))


def _loader() -> Any:
    """
    libyaml's safe loader where there is one; a date stays the text it is, as in Kubernetes' own reader.

    Equal texts are one object: those of a cluster repeat themselves, and half of the memory goes into them.
    """
    import yaml  # slow, and JSON is read without it

    if _LOADERS:
        return _LOADERS[0]

    class Bounded(yaml.constructor.SafeConstructor):
        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            """Put what `<<` names into the mapping, unless it has been multiplied on the way."""
            super().flatten_mapping(node)
            if len(node.value) > MOST_VALUES:
                raise _TooManyValues(node.start_mark.line)

    loader: Any = type("Loader", (Bounded, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), {})
    loader.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in loader.yaml_implicit_resolvers.items()
    }
    loader.add_constructor(
        "tag:yaml.org,2002:str", lambda self, node: sys.intern(self.construct_scalar(node))
    )
    _LOADERS.append(loader)
    return loader


_LOADERS: list[Any] = []
