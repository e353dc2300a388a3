"""
Formats `tree`, `dot` and `mermaid`: graphs as an indented tree, and in the languages of Graphviz and Mermaid.

Names in a graph are chosen by tenants. Each is written into a quoted string, escaped so that it can neither
end the string nor be read as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kubectl_kfaccess.output import blocks as kinds
from kubectl_kfaccess.output.formats.tables import block_text
from kubectl_kfaccess.output.layout import apart
from kubectl_kfaccess.output.prose import graph_lines
from kubectl_kfaccess.output.style import Format, Style

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.blocks import Block, Graph
    from kubectl_kfaccess.output.envelope import Response

Edge = tuple[str, str]


def render_tree(response: Response, style: Style) -> Iterator[str]:
    """Yield every block, with the indented tree in place of the main table."""
    report = response.report
    shown = (block for block in report.blocks if block is not report.table)
    return apart(_tree_or_text(block, style) for block in shown)


def _tree_or_text(block: Block, style: Style) -> Iterator[str]:
    if isinstance(block, kinds.Graph):
        return (f"{text}\n" for text in graph_lines(block.tree(), style))
    return block_text(block, None, style)


def render_dot(response: Response, _style: Style) -> Iterator[str]:
    """Yield only the graphs, in Graphviz' language."""
    for graph in _graphs(response):
        yield from (f"{text}\n" for text in dot(graph.labels(), graph.edges(), graph.bold()))


def render_mermaid(response: Response, _style: Style) -> Iterator[str]:
    """Yield only the graphs, in Mermaid's language."""
    for graph in _graphs(response):
        yield from (f"{text}\n" for text in mermaid(graph.labels(), graph.edges(), graph.bold()))


def _graphs(response: Response) -> Iterator[Graph]:
    return (block for block in response.report.blocks if isinstance(block, kinds.Graph))


def dot(
    labels: Mapping[str, Sequence[str]], edges: Iterable[Edge], bold: Iterable[str] = ()
) -> Iterator[str]:
    """Yield the lines of a Graphviz digraph; *labels*, *edges* and *bold* are those of blocks.Graph."""
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
    """Yield the lines of a Mermaid flowchart; the parameters are those of `dot`."""
    thick = frozenset(bold)
    numbers = {name: f"n{number}" for number, name in enumerate(labels)}
    yield "flowchart LR"
    for name, lines in labels.items():
        opening, closing = ("[[", "]]") if name in thick else ("[", "]")
        yield f'  {numbers[name]}{opening}"{"<br/>".join(map(_mermaid_text, lines))}"{closing}'
    for source, target in edges:
        yield f"  {numbers[source]} --> {numbers[target]}"


def _dot_text(text: str) -> str:
    """Return *text* for a quoted string, where a backslash starts an escape and a quote ends the string."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _mermaid_text(text: str) -> str:
    """Return *text* for a quoted label, where HTML, entities and Markdown would be interpreted."""
    return _MARKUP.sub(lambda match: f"#{ord(match[0])};", text)


_MARKUP = re.compile(r"[^\w .:/,()-]")


FORMATS = (
    Format("tree", "an indented tree", "txt", render_tree),
    Format("dot", "a graph for Graphviz", "dot", render_dot),
    Format("mermaid", "a graph for Markdown pages", "mmd", render_mermaid),
)
