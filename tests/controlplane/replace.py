"""Replace an object in the API server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.controlplane.cluster import ControlPlane

_SERVER_FIELDS = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")

TRIES = 5


def replace_object(
    plane: ControlPlane, path: str, body: Mapping[str, Any]
) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Replace an object, and return the status, the answer and the object before; later changes are lost."""
    for _ in range(TRIES):
        _, before = plane.request("GET", path)
        version = before.get("metadata", {}).get("resourceVersion")
        metadata = own_metadata(body) | {"resourceVersion": version}
        status, answer = plane.request("PUT", path, {**body, "metadata": metadata})
        if status != 409:
            break
    return status, answer, before


def own_metadata(object_: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object's metadata without the fields that only a server sets."""
    return {key: value for key, value in object_.get("metadata", {}).items() if key not in _SERVER_FIELDS}
