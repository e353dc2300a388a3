"""Graphs as text: a name stays a name, whatever characters it has."""

from __future__ import annotations

import re

import pytest

from kubectl_kfaccess.output.formats.graphs import dot, mermaid

NAMES = {
    "a quote": 'a"]; evil [label="b',
    "a backslash before a quote": 'a\\"] x',
    "a backslash at the end": "a\\",
    "an escape of Graphviz": "\\N\\G",
    "an arrow": "a --> b",
    "brackets": "a]] --> b[[c",
    "markup": "<img src=x onerror=alert(1)>",
    "an entity": "#quot;",
    "Markdown": "`**a**`",
    "a directive": "%%{init: {}}%%",
    "a statement": 'end"; click n0 "javascript:alert(1)"',
}


@pytest.mark.parametrize("what", NAMES)
def test_a_name_cannot_end_a_quoted_string_of_graphviz(what: str) -> None:
    """Graphviz reads the name back as one string: a backslash there escapes the next character."""
    name = NAMES[what]

    lines = list(dot({name: [name]}, [(name, name)]))

    node, edge = lines[3:5]
    quoted = r'"((?:[^"\\]|\\.)*)"'
    match = re.fullmatch(rf"  {quoted} \[label={quoted}\]", node)
    assert match is not None
    assert [name, name] == [re.sub(r"\\(.)", r"\1", text) for text in match.groups()]
    assert re.fullmatch(rf"  {quoted} -> {quoted}", edge)


@pytest.mark.parametrize("what", NAMES)
def test_a_name_cannot_end_a_label_of_mermaid(what: str) -> None:
    """Characters with a meaning in Mermaid are written as their numbers."""
    name = NAMES[what]

    _, node, edge = mermaid({name: [name]}, [(name, name)])

    label = node.removeprefix('  n0["').removesuffix('"]')
    assert re.fullmatch(r"(?:[\w .:/,()-]|#\d+;)*", label)
    assert name == re.sub(r"#(\d+);", lambda match: chr(int(match[1])), label)
    assert "  n0 --> n0" == edge


def test_the_lines_of_a_label_stay_lines() -> None:
    """Each language has its own way to write a line break."""
    labels = {"a": ["a", "2 rules"]}

    assert '  "a" [label="a\\n2 rules" style=bold]' in dot(labels, [], ["a"])
    assert '  n0[["a<br/>2 rules"]]' in list(mermaid(labels, [], ["a"]))
