"""CustomResourceDefinitions: made from reduced lists, and ready when they are served."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.discovery import plurals
from tests.controlplane.parallel import in_parallel

API_VERSION = "apiextensions.k8s.io/v1"
KIND = "CustomResourceDefinition"
PATH = f"/apis/{API_VERSION}/customresourcedefinitions"
TIMEOUT = 60.0

_SUBRESOURCES: dict[str, dict[str, str]] = {
    "status": {},
    "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
}


def crds_from_list(path: Path) -> list[dict[str, Any]]:
    """Return a CustomResourceDefinition, which accepts any field, for each entry of a reduced list."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [crd(entry) for entry in entries]


def crd(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the CustomResourceDefinition for one entry of a reduced list."""
    group = entry["group"]
    names = {
        key: entry[key]
        for key in ("plural", "singular", "kind", "shortNames", "categories")
        if entry.get(key)
    }
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": f"{entry['plural']}.{group}", "annotations": _approval(group)},
        "spec": {
            "group": group,
            "names": names,
            "scope": entry["scope"],
            "versions": [_version(version) for version in entry["versions"]],
        },
    }


def _version(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return one version of a definition."""
    return {
        "name": entry["name"],
        "served": entry["served"],
        "storage": entry["storage"],
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
        "subresources": {name: _SUBRESOURCES[name] for name in entry.get("subresources", [])},
    }


def _approval(group: str) -> dict[str, str]:
    """Return the annotation that the API server requires for definitions in Kubernetes' own groups."""
    if group.endswith((".k8s.io", ".kubernetes.io")):
        return {"api-approved.kubernetes.io": "unapproved, made for tests"}
    return {}


def wait_until_served(plane: ControlPlane, definitions: Sequence[Mapping[str, Any]]) -> None:
    """Wait until the server serves the resources of *definitions*; raises TimeoutError with conditions."""
    waiting = list(definitions)
    deadline = time.monotonic() + TIMEOUT
    while waiting := _unserved(plane, waiting):
        if time.monotonic() > deadline:
            name = waiting[0]["metadata"]["name"]
            _, answer = plane.request("GET", f"{PATH}/{name}")
            raise TimeoutError(f"`{name}` is not served: {answer.get('status', {}).get('conditions')}")
        time.sleep(0.1)


def _unserved(plane: ControlPlane, definitions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the definitions that are not Established, or that discovery does not show in every version."""
    if not definitions:
        return []
    _, answer = plane.request("GET", PATH)
    established = {item["metadata"]["name"] for item in answer["items"] if _is_established(item)}
    versions = sorted({version for each in definitions for version in _served_versions(each)})
    served = dict(zip(versions, in_parallel(partial(plurals, plane), versions), strict=True))
    return [
        each
        for each in definitions
        if each["metadata"]["name"] not in established
        or any(each["spec"]["names"]["plural"] not in served[version] for version in _served_versions(each))
    ]


def _is_established(definition: Mapping[str, Any]) -> bool:
    """Return whether a definition says that its resource can be used."""
    conditions = definition.get("status", {}).get("conditions") or []
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


def _served_versions(definition: Mapping[str, Any]) -> list[str]:
    """Return the apiVersions in which a definition's resource is served."""
    spec = definition["spec"]
    return [f"{spec['group']}/{version['name']}" for version in spec["versions"] if version["served"]]
