"""The schemas of the machine formats, as validators."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tools.pages.schemas import SCHEMAS


def schema(kind: str, folder: Path = SCHEMAS) -> dict[str, Any]:
    """Return the schema of a kind of answer."""
    content: dict[str, Any] = json.loads((folder / f"{kind}.json").read_text(encoding="utf-8"))
    return content


def validator(kind: str, folder: Path = SCHEMAS, definition: str = "") -> Draft202012Validator:
    """Return the validator of a kind of answer, or of one definition in its schema."""
    whole = schema(kind, folder)
    part = {**whole, "$ref": f"#/$defs/{definition}"} if definition else whole
    for key in ("type", "required", "anyOf", "properties", "additionalProperties") if definition else ():
        part.pop(key, None)
    return Draft202012Validator(part)


def errors(checker: Draft202012Validator, value: Any) -> list[str]:
    """Return what is wrong with a value, in words."""
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(value)]
