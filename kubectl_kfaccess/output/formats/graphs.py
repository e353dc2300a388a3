"""
Graphs in the languages of Graphviz and Mermaid, as lines of text.

Whatever is written into them is a name that somebody chose: it stands in a quoted text that no character of
it can end, and means nothing there but itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

Edge = tuple[str, str]


def dot(
    labels: Mapping[str, Sequence[str]], edges: Iterable[Edge], bold: Iterable[str] = ()
) -> Iterator[str]:
    """Yield a Graphviz digraph: *labels* are the lines of each node's text, *bold* nodes stand out."""
    thick = frozenset(bold)
    yield "digraph aggregation {"
    yield "  rankdir=LR"
    yield "  node [shape=box]"
    for name, lines in labels.items():
        text = "\\n".join(map(_dot_text, lines))
        yield f'  "{_dot_text(name)}" [label="{text}"{" style=bold" if name in thick else ""}]'
    for source, target in edges:
        yield f'  "{_dot_text(source)}" -> "{_dot_text(target)}"'
    yield "}"


def mermaid(
    labels: Mapping[str, Sequence[str]], edges: Iterable[Edge], bold: Iterable[str] = ()
) -> Iterator[str]:
    """Yield a Mermaid flowchart of the same."""
    thick = frozenset(bold)
    numbers = {name: f"n{number}" for number, name in enumerate(labels)}
    yield "flowchart LR"
    for name, lines in labels.items():
        opening, closing = ("[[", "]]") if name in thick else ("[", "]")
        yield f'  {numbers[name]}{opening}"{"<br/>".join(map(_mermaid_text, lines))}"{closing}'
    for source, target in edges:
        yield f"  {numbers[source]} --> {numbers[target]}"


def _dot_text(text: str) -> str:
    """*text* inside of a quoted string, where a backslash begins an escape and a quote ends it."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _mermaid_text(text: str) -> str:
    """*text* inside of a quoted label, where markup, entities and Markdown would be taken as such."""
    return _MARKUP.sub(lambda found: f"#{ord(found[0])};", text)


_MARKUP = re.compile(r"[^\w .:/,()-]")
