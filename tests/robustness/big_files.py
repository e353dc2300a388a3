"""Manifests of tens of megabytes, as a cluster of many profiles has them; nothing in them is random."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

API = "rbac.authorization.k8s.io"
Object = dict[str, Any]

LIST_BEGIN, LIST_END = "apiVersion: v1\nitems:\n", 'kind: List\nmetadata:\n  resourceVersion: ""\n'


def documents() -> Iterator[str]:
    """Yield YAML documents without end, each with its separator."""
    for content in objects():
        yield f"---\n{_yaml(content)}"


def list_items() -> Iterator[str]:
    """Yield the items of a List as `kubectl get -o yaml` prints them, without end."""
    for content in objects():
        lines = _yaml(content).splitlines()
        yield "".join(f"{'- ' if at == 0 else '  '}{line}\n" for at, line in enumerate(lines))


def json_items() -> Iterator[str]:
    """Yield the items of a List as `kubectl get -o json` prints them, without end."""
    for number, content in enumerate(objects()):
        text = json.dumps(content, indent=4).replace("\n", "\n        ")
        yield f"{',' if number else ''}\n        {text}"


def write(path: Path, pieces: Iterable[str], *, size: int, begin: str = "", end: str = "") -> int:
    """Write *pieces* until the file has *size* characters; return how many namespaces are complete in it."""
    written, number = len(begin), 0
    with path.open("w", encoding="utf-8") as file:
        file.write(begin)
        for number, piece in enumerate(pieces):
            if written >= size and number % PER_NAMESPACE == 0:
                break
            file.write(piece)
            written += len(piece)
        file.write(end)
    return number // PER_NAMESPACE


def objects() -> Iterator[Object]:
    """Yield namespace after namespace: accounts, bindings of a shared role, and what access does not need."""
    for number in count():
        namespace = f"team-{number:06}"
        yield from (_account(namespace, name) for name in ACCOUNTS)
        yield _binding(namespace, "namespaceAdmin", "admin", [_user(f"owner-{number}@example.com")])
        yield _binding(namespace, "default-editor", "edit", [_service_account(namespace, "default-editor")])
        yield _binding(namespace, "default-viewer", "view", [_service_account(namespace, "default-viewer")])
        yield from (_binding(namespace, f"user-{n}-edit", "edit", [_user(f"member-{n}")]) for n in range(3))
        yield _config_map(namespace)


ACCOUNTS = ("default", "default-editor", "default-viewer")
PER_NAMESPACE = 10
EDITORS = 5  # subjects of a namespace that can write secrets there: the owner, default-editor, three members


def _binding(namespace: str, name: str, role: str, subjects: list[Object]) -> Object:
    return {
        "apiVersion": f"{API}/v1",
        "kind": "RoleBinding",
        "metadata": {
            **_metadata(namespace, name),
            "annotations": {"role": role, "user": subjects[0]["name"]},
        },
        "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": role},
        "subjects": subjects,
    }


def _user(name: str) -> Object:
    return {"apiGroup": API, "kind": "User", "name": name}


def _service_account(namespace: str, name: str) -> Object:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def _account(namespace: str, name: str) -> Object:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata(namespace, name)}


def _config_map(namespace: str) -> Object:
    text = "".join(f"line {number} of what pods in {namespace} read\n" for number in range(8))
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(namespace, "settings"),
        "data": {"settings": text},
    }


def _metadata(namespace: str, name: str) -> Object:
    return {
        "name": name,
        "namespace": namespace,
        "uid": "01234567-89ab-cdef-0123-456789abcdef",
        "resourceVersion": "1234567",
        "creationTimestamp": "2026-01-02T03:04:05Z",
    }


def _yaml(value: Any, indent: str = "") -> str:
    """Plain block YAML as kubectl's; strings are quoted as JSON where YAML could take them otherwise."""
    lines = []
    for key, inside in value.items():
        if isinstance(inside, dict):
            lines.append(f"{indent}{key}:\n{_yaml(inside, indent + '  ')}")
        elif isinstance(inside, list):
            lines.append(f"{indent}{key}:\n{''.join(_item(item, indent) for item in inside)}")
        else:
            lines.append(f"{indent}{key}: {json.dumps(inside)}\n")
    return "".join(lines)


def _item(value: Object, indent: str) -> str:
    return f"{indent}- {_yaml(value, indent + '  ')[len(indent) + 2 :]}"
