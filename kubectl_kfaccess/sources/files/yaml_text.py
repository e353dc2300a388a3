"""
YAML as text: split it into documents, and a List into items, and load one of them with libyaml.

A big file is split before it is parsed, so that the memory that we need depends on the largest piece.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import yaml

from kubectl_kfaccess import yaml_scalars
from kubectl_kfaccess.errors import ErrorCode, UnreadableInput
from kubectl_kfaccess.sources.files.yaml_aliases import TooManyValues, write_out

DEEPEST = 500  # levels of nesting
_SEPARATOR = re.compile(rb"---(\s|$)")
_ITEMS = re.compile(rb"^items:[ \t]*\r?\n(?=- )", re.MULTILINE)
_ITEM = re.compile(rb"^-[ \t]", re.MULTILINE)
_NEXT_KEY = re.compile(rb"^[^-\s#]", re.MULTILINE)
_ANCHOR = re.compile(rb"[\s\[{,]&[\w-]+\s")
_BRACKET = re.compile(rb"[\[\]{}]")
_DEEP_LINE = re.compile(rb"^ *(?:[-?:][ \t]+){%d}|^ {%d}" % (DEEPEST, 2 * DEEPEST), re.MULTILINE)


def split(start: bytes, lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield each document's first line number and text; `---` at the start of a line always separates."""
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
    del collected  # so that the text is not in memory twice while it is parsed
    yield first, text


def list_items(text: bytes) -> Iterator[tuple[int, bytes]] | None:
    """
    Return the items of a List that looks as kubectl prints it, each with the number of lines before it.

    Returns None if the text looks different, or if an item can contain an alias of an anchor in another.
    """
    heading = _ITEMS.search(text)
    return _items(text, heading.end()) if heading and not _ANCHOR.search(text) else None


def _items(text: bytes, begin: int) -> Iterator[tuple[int, bytes]]:
    """Yield the items from the offset *begin* on, each with the number of lines before it."""
    next_key = _NEXT_KEY.search(text, begin)
    stop = next_key.start() if next_key else len(text)
    starts = [match.start() for match in _ITEM.finditer(text, begin, stop)]
    line, last = text.count(b"\n", 0, begin), begin
    for start, end in zip(starts, [*starts[1:], stop], strict=True):
        line += text.count(b"\n", last, start)
        last = start
        yield line, text[start:end]


def load(text: bytes, label: str, first: int) -> Any:
    """
    Return the value of one document, whose first line has the number *first* in the file *label*.

    Raises UnreadableInput with the line of the error if it is malformed.
    """
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
        raise UnreadableInput(f"{label}:{first}: malformed YAML: nested too deeply") from error
    except (ValueError, LookupError, AttributeError) as error:  # what PyYAML raises for `!!bool maybe`
        problem = "a value does not match its tag, or a number is too long"
        raise UnreadableInput(f"{label}:{first}: malformed YAML: {problem}") from error


def _value(text: bytes) -> Any:
    """Return the value of the only document in *text*, None if there is none."""
    loader = _loader()(text.decode("utf-8-sig"))
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if b"&" in text or b"<<" in text:  # expanding takes time, and most files have no aliases
            write_out(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def is_deep(text: bytes) -> bool:
    """Return whether the text is nested deeper than any object: libyaml would overflow the stack."""
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth = depth + 1 if bracket[0] in b"[{" else max(0, depth - 1)
        if depth > DEEPEST:
            return True
    return bool(_DEEP_LINE.search(text))


def _loader() -> Any:
    """
    Return the class of loaders: libyaml's safe loader, if it is installed, with Kubernetes' scalars.

    Equal texts become one object: the texts of a cluster repeat, and would take half of the memory.
    """
    if _LOADERS:
        return _LOADERS[0]

    loader: Any = type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
    loader.yaml_implicit_resolvers = {**yaml_scalars.RESOLVERS}
    for tag, meaning in (
        ("tag:yaml.org,2002:str", sys.intern),
        (yaml_scalars.MERGE, sys.intern),
        (yaml_scalars.BOOL, yaml_scalars.flag),
        (yaml_scalars.INT, yaml_scalars.number),
        (yaml_scalars.FLOAT, yaml_scalars.number),
    ):
        loader.add_constructor(tag, _constructor(meaning))
    _LOADERS.append(loader)
    return loader


def _constructor(meaning: Callable[[str], Any]) -> Callable[[Any, Any], Any]:
    return lambda loader, node: meaning(loader.construct_scalar(node))


_LOADERS: list[Any] = []
