"""
`python -m tools.pages.schemas`: complete each schema.

Definitions of `common.json` are copied into the schemas that use them, and each kind that a cluster is asked
for gets what an answer of several clusters has besides: `clusters`, and `cluster` in each item.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import kubectl_kfaccess

SCHEMAS = Path(kubectl_kfaccess.__file__).parent / "schemas"
COMMON = "common"
PREFIX = "#/$defs/"
ENVELOPE = ("apiVersion", "kind", "items", "coverage", "notes")
OPTIONAL = ("errors", "hypothetical", "clusters")
CLUSTER = "cluster"
CLUSTER_NAME = {"$ref": f"{PREFIX}ClusterName"}
SEVERAL = {"required": ["clusters"]}
SHARED_ITEMS = ("Finding",)
"""Definitions of items that have the key `cluster` where they are written."""


def main() -> None:
    """Write every schema."""
    for kind, text in texts().items():
        (SCHEMAS / f"{kind}.json").write_text(text, encoding="utf-8")


def texts() -> dict[str, str]:
    """Return the content of each schema file by its kind."""
    shared = read(COMMON)["$defs"]
    return {kind: as_text(completed(of_clusters(read(kind)), shared)) for kind in kinds()}


def kinds() -> list[str]:
    """Return the kinds of answers that have a schema, sorted."""
    return sorted(file.stem for file in SCHEMAS.glob("*.json") if file.stem != COMMON)


def read(kind: str) -> dict[str, Any]:
    """Return the schema of *kind*, or the shared definitions for COMMON."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{kind}.json").read_text(encoding="utf-8"))
    return schema


def of_clusters(schema: dict[str, Any]) -> dict[str, Any]:
    """
    Return the schema of a kind with what an answer of several clusters has; others unchanged.

    What is not the same in all clusters is in `clusters`, and then the document itself does not have it.
    """
    properties = schema.get("properties", {})
    if not {*ENVELOPE} <= {*properties}:
        return schema
    head = {name: body for name, body in properties.items() if name not in (*ENVELOPE, *OPTIONAL)}
    clusters = {
        "description": "The clusters that were asked, and what differs between them; absent for one cluster.",
        "type": "array",
        "minItems": 1,
        "items": {"$ref": f"{PREFIX}Cluster"},
    }
    whole = {**schema, "properties": {**with_cluster(schema)["properties"], "clusters": clusters}}
    others = [body for body in schema.get("anyOf", ()) if body != SEVERAL]
    definitions = {name: body for name, body in with_cluster(schema)["$defs"].items() if name != "Cluster"}
    return {
        **whole,
        **({"anyOf": [*others, SEVERAL]} if others else {}),
        "$defs": {"Cluster": cluster_schema(head), **definitions},
    }


def with_cluster(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with the key `cluster` in each item, whether it has a definition or not."""
    properties, definitions = schema["properties"], schema.get("$defs", {})
    items = properties["items"]
    name = items["items"].get("$ref", "").removeprefix(PREFIX)
    if name in SHARED_ITEMS:
        return {**schema, "$defs": definitions}
    body = definitions[name] if name else items["items"]
    item = {**body, "properties": {CLUSTER: CLUSTER_NAME, **body["properties"]}}
    if name:
        return {**schema, "$defs": {**definitions, name: item}}
    changed = {**properties, "items": {**items, "items": item}}
    return {**schema, "properties": changed, "$defs": definitions}


def cluster_schema(head: dict[str, Any]) -> dict[str, Any]:
    """Return the definition of one of several clusters, which can have what is in the kind's *head*."""
    status = {"description": "The exit status if this cluster alone were asked.", "enum": [0, 1, 2, 3]}
    return {
        "description": "One of several clusters.",
        "type": "object",
        "additionalProperties": False,
        "required": [CLUSTER, "answered", "status"],
        "properties": {CLUSTER: CLUSTER_NAME, "answered": {"type": "boolean"}, "status": status, **head},
    }


def completed(schema: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with its own definitions, then the *shared* ones that it needs, also indirectly."""
    own = {name: body for name, body in schema.get("$defs", {}).items() if name not in shared}
    needed: set[str] = set()
    pending = names_in({**schema, "$defs": own})
    while pending:
        needed |= pending
        pending = set().union(*(names_in(shared[name]) for name in pending if name in shared)) - needed
    return {**schema, "$defs": {**own, **{name: body for name, body in shared.items() if name in needed}}}


def names_in(schema: Any) -> set[str]:
    """Return the names of the definitions that a schema refers to."""
    if isinstance(schema, dict):
        ref = schema.get("$ref", "")
        own = {ref.removeprefix(PREFIX)} if isinstance(ref, str) and ref.startswith(PREFIX) else set()
        return own.union(*map(names_in, schema.values()))
    return set().union(*map(names_in, schema)) if isinstance(schema, list) else set()


def as_text(schema: dict[str, Any]) -> str:
    """Return the content of a schema's file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
