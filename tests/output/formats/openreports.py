"""
The kinds of openreports.io/v1alpha1, as its documentation describes them, with the fields that we write.

They are stricter than the project's own definitions: what they do not have is refused.
"""

from __future__ import annotations

from typing import Any

import yaml

Object = dict[str, Any]

GROUP, VERSION = "openreports.io", "v1alpha1"
TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
OUTCOMES = ("pass", "fail", "warn", "error", "skip")
SEVERITIES = ("critical", "high", "medium", "low", "info")
REFERENCE = {
    "type": "object",
    "properties": dict.fromkeys(("apiVersion", "kind", "namespace", "name"), TEXT),
}
RESULT = {
    "type": "object",
    "required": ["policy"],
    "properties": {
        **dict.fromkeys(("source", "policy", "rule", "category", "message"), TEXT),
        "severity": {"type": "string", "enum": list(SEVERITIES)},
        "result": {"type": "string", "enum": list(OUTCOMES)},
        "scored": {"type": "boolean"},
        "resources": {"type": "array", "items": REFERENCE},
        "properties": {"type": "object", "additionalProperties": TEXT},
    },
}
REPORT: Object = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("apiVersion", "kind", "source"), TEXT),
        "metadata": {"type": "object"},
        "scope": REFERENCE,
        "configuration": {
            "type": "object",
            "required": ["limits"],
            "properties": {"limits": {"type": "object", "properties": {"maxResults": NUMBER}}},
        },
        "summary": {"type": "object", "properties": dict.fromkeys(OUTCOMES, NUMBER)},
        "results": {"type": "array", "items": RESULT},
    },
}


def definitions() -> list[Object]:
    """Return the CustomResourceDefinitions of both kinds."""
    return [_definition("Report", "Namespaced"), _definition("ClusterReport", "Cluster")]


def _definition(kind: str, scope: str) -> Object:
    plural = f"{kind.lower()}s"
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    version = {"name": VERSION, "served": True, "storage": True, "schema": {"openAPIV3Schema": REPORT}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {"group": GROUP, "names": names, "scope": scope, "versions": [version]},
    }


def closed(schema: Any) -> Any:
    """Return *schema* without unknown keys in any object but metadata."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(each) for key, each in schema.items()}
    is_open = schema.get("type") != "object" or "properties" not in schema
    return inner if is_open else {"additionalProperties": False, **inner}


def reports_in(text: str) -> list[Object]:
    """Return the documents of *text*, as YAML 1.1 readers such as kubectl understand it."""
    return [each for each in yaml.safe_load_all(text) if each]
