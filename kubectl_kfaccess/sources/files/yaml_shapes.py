"""
YAML as kubectl decodes it into Go's structs: which nodes can become text, a flag, a list or a mapping.

A *shape* returns the value of a node, or raises Malformed with the node's line; its second argument is the
path to the node, `users[0].user.token`. Text and numbers are distinguished as sigs.k8s.io/yaml does, so that
we accept the same files. This is not claimed for values that no kubeconfig has (infinity, `!!binary`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml
from yaml import MappingNode, YAMLError

from kubectl_kfaccess.errors import cause_text
from kubectl_kfaccess.sources.files.yaml_aliases import Node, write_out
from kubectl_kfaccess.sources.files.yaml_text import is_deep
from kubectl_kfaccess.yaml_scalars import BOOL, FLOAT, INT, NULL, RESOLVERS, number

Shape = Callable[[Node, str], Any]


class Malformed(Exception):
    """What is wrong with a document, and the line; the caller turns it into an error that names the file."""

    def __init__(self, line: int | None, text: str) -> None:
        super().__init__(text)
        self.line, self.text = line, text


def read(data: bytes, shape: Shape) -> Any:
    """
    Return the value of the first document, None if there is none; kubectl ignores all other documents.

    Raises Malformed if it is not YAML or does not have this shape.
    """
    if is_deep(data):
        raise Malformed(None, "it is nested too deeply")
    try:
        node = _first_document(data)
        return shape(node, "") if node else None
    except RecursionError as error:
        raise Malformed(None, "it is nested too deeply, or an anchor contains itself") from error
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        text = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        raise Malformed(mark.line + 1 if mark else None, text) from error


def second_document(data: bytes) -> int | None:
    """Return the line at which a second document begins, None if there is none."""
    second = _SECOND.search(data)
    return 1 + data.count(b"\n", 0, second.end()) if second else None


_SECOND = re.compile(rb"^(?!---|#|\s)[^\n]*\n(?:.*\n)??---(?=\s|$)", re.MULTILINE | re.DOTALL)


def _first_document(data: bytes) -> Node | None:
    is_json = data.lstrip().startswith(b"{")
    # Without libyaml, PyYAML accepts no tabs as indentation, not even in JSON
    loader = _loader()(data.replace(b"\t", b" ") if is_json else data)
    try:
        node: Node | None = loader.get_node() if loader.check_node() else None
        if node:
            write_out(node)
        return node
    finally:
        loader.dispose()


def _loader() -> Any:
    """Return a class of loaders that knows go-yaml's scalars."""
    safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # C, if PyYAML was built with libyaml
    loader: Any = type("Loader", (safe,), {"yaml_implicit_resolvers": {**RESOLVERS}})
    return loader


# --- scalars ----------------------------------------------------------------------------------------------


def text(node: Node, path: str) -> str:
    """Return text; null is the empty text, as for every Go string."""
    if node.tag == NULL:
        return ""
    if node.id != "scalar":
        raise _wrong(node, path, "text")
    if node.tag in (BOOL, INT, FLOAT):
        raise _wrong(node, path, "text in quotes")
    return str(node.value)


def flag(node: Node, path: str) -> bool:
    """Return a boolean; null is False."""
    if node.tag not in (NULL, BOOL):
        raise _wrong(node, path, "true or false")
    return str(node.value).lower() in ("y", "yes", "true", "on")


def base64_data(node: Node, path: str) -> bytes:
    """Return decoded base64; line breaks inside are allowed, as in Go."""
    try:
        return base64.b64decode(re.sub(r"[\r\n]", "", text(node, path)), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed(node, f"`{path}` is not base64: {cause_text(error)}") from error


def only(constant: str) -> Shape:
    """Return the shape of a text that is *constant* or missing."""

    def shape(node: Node, path: str) -> str:
        value = text(node, path)
        if value not in ("", constant):
            raise _malformed(node, f"`{path}` must be `{constant}`, not `{value}`")
        return value

    return shape


def anything(node: Node, path: str) -> Any:
    """Return the value of any node, as JSON would have it."""
    if node.id == "mapping":
        return mapping(anything)(node, path)
    if node.id == "sequence":
        return listed(anything)(node, path)
    if node.tag in (INT, FLOAT):
        return number(str(node.value))
    return _SIMPLE.get(node.tag, text)(node, path)


_SIMPLE: dict[str, Shape] = {NULL: lambda node, path: None, BOOL: flag}


# --- collections ------------------------------------------------------------------------------------------


def listed(of: Shape) -> Shape:
    """Return the shape of a list whose items have the shape *of*; null is None."""

    def shape(node: Node, path: str) -> list[Any] | None:
        if node.tag == NULL:
            return None
        if node.id != "sequence":
            raise _wrong(node, path, "a list")
        return [of(item, f"{path}[{index}]") for index, item in enumerate(node.value)]

    return shape


def unique(of: Shape) -> Shape:
    """Return the shape of a list of named items, which becomes a mapping by name, as in clientcmd."""

    def shape(node: Node, path: str) -> dict[str, Mapping[str, Any]]:
        by_name: dict[str, Mapping[str, Any]] = {}
        for item, item_node in zip(listed(of)(node, path) or (), node.value, strict=False):
            name = item.get("name", "")
            if name in by_name:
                raise _malformed(item_node, f"`{path}` has two entries of the name `{name}`")
            by_name[name] = item
        return by_name

    return shape


def mapping(of: Shape) -> Shape:
    """Return the shape of a mapping whose values all have the shape *of*."""

    def shape(node: Node, path: str) -> dict[str, Any]:
        return {key: of(value, f"{path}.{key}") for key, value in _pairs(node, path)}

    return shape


def fields(**shapes: Shape) -> Shape:
    """Return the shape of a mapping with these fields, `_` for `-`; as in kubectl, others are ignored."""
    known = {name.replace("_", "-"): shape for name, shape in shapes.items()}

    def shape(node: Node, path: str) -> dict[str, Any]:
        prefix = f"{path}." if path else ""
        return {key: known[key](value, prefix + key) for key, value in _pairs(node, path) if key in known}

    return shape


def optional(of: Shape) -> Shape:
    """Return the shape of a value that is a pointer in Go: null is None."""
    return lambda node, path: None if node.tag == NULL else of(node, path)


def _pairs(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    """Yield the keys, as text, and the nodes of their values; a repeated key is repeated here."""
    if node.tag == NULL:
        return
    if not isinstance(node, MappingNode):
        raise _wrong(node, path, "a mapping")
    for key, value in node.value:
        # kubectl converts YAML to JSON first, where keys are text: `n` becomes `false`
        yield (str(flag(key, path)).lower() if key.tag == BOOL else str(key.value)), value


# --- errors -----------------------------------------------------------------------------------------------


def _wrong(node: Node, path: str, wanted: str) -> Malformed:
    """Return the error for a node of the wrong kind, without its value, which can be a secret."""
    kind = {"mapping": "a mapping", "sequence": "a list"}.get(node.id) or _SPOKEN.get(node.tag, "text")
    return _malformed(node, f"{f'`{path}`' if path else 'the file'} must be {wanted}, not {kind}")


_SPOKEN = {INT: "a number", FLOAT: "a number", BOOL: "a boolean"}


def _malformed(node: Node, message: str) -> Malformed:
    return Malformed(node.start_mark.line + 1, message)
