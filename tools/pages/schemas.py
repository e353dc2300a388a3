"""`python -m tools.pages.schemas`: copy the definitions of `common.json` into each schema that uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import kubectl_kfaccess

SCHEMAS = Path(kubectl_kfaccess.__file__).parent / "schemas"
COMMON = "common"
PREFIX = "#/$defs/"


def main() -> None:
    """Write every schema."""
    for kind, text in texts().items():
        (SCHEMAS / f"{kind}.json").write_text(text, encoding="utf-8")


def texts() -> dict[str, str]:
    """Return the content of each schema file by its kind."""
    shared = read(COMMON)["$defs"]
    return {kind: as_text(completed(read(kind), shared)) for kind in kinds()}


def kinds() -> list[str]:
    """Return the kinds of answers that have a schema, sorted."""
    return sorted(file.stem for file in SCHEMAS.glob("*.json") if file.stem != COMMON)


def read(kind: str) -> dict[str, Any]:
    """Return the schema of *kind*, or the shared definitions for COMMON."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{kind}.json").read_text(encoding="utf-8"))
    return schema


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
