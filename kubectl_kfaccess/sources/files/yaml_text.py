"""
YAML as text: its documents, the items of a List, and loading one of either with libyaml.

A big file is cut into pieces before it is parsed, so that memory follows the piece at hand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from kubectl_kfaccess.errors import ErrorCode, UnreadableInput
from kubectl_kfaccess.sources.files.yaml_aliases import TooManyValues, write_out

DEEPEST = 500
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
    if is_deep(text):
        raise UnreadableInput(f"{label}:{first}: malformed YAML: nested more than {DEEPEST} levels deep")
    try:
        return _value(text)
    except UnicodeDecodeError as error:
        line = first + error.object[: error.start].count(b"\n")
        raise UnreadableInput(f"{label}:{line}: malformed YAML: not UTF-8 text") from error
    except TooManyValues as error:
        line = first + (error.problem_mark.line if error.problem_mark else 0)
        problem = f"{label}:{line}: malformed YAML: {error.problem}"
        raise UnreadableInput(problem, code=ErrorCode.TOO_BIG) from error
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


def _value(text: bytes) -> Any:
    """The value of the one document in *text*, None when there is none."""
    loader = _loader()(text.decode("utf-8-sig"))
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if b"&" in text or b"<<" in text:  # it takes a while, and most files have neither
            write_out(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


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
    if _LOADERS:
        return _LOADERS[0]

    loader: Any = type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
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
