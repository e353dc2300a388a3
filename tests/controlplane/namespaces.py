"""Remove namespaces at once: the namespace controller waits for seconds before it starts."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.discovery import Resource, namespaced_resources
from tests.controlplane.parallel import in_parallel

TIMEOUT = 60.0


def remove_namespaces(plane: ControlPlane, names: Iterable[str]) -> None:
    """
    Remove these namespaces with everything in them; raises TimeoutError with what is left.

    The steps are the namespace controller's: terminate, which rejects new objects; empty; finalize.
    """
    wanted = set(names)
    if not wanted:
        return
    in_parallel(lambda name: plane.request("DELETE", f"/api/v1/namespaces/{name}"), wanted)
    resources, deadline = namespaced_resources(plane), time.monotonic() + TIMEOUT
    while remaining := _contents(plane, resources, wanted):
        if time.monotonic() > deadline:
            raise TimeoutError(f"`{remaining[0]}` was deleted but is still there")
        in_parallel(partial(_delete, plane), remaining)
    in_parallel(partial(_finalize, plane), wanted)


def _contents(plane: ControlPlane, resources: Iterable[Resource], namespaces: set[str]) -> list[str]:
    """Return the paths of all objects in these namespaces."""
    located = in_parallel(partial(_objects, plane), resources)
    return [path for paths in located for namespace, path in paths if namespace in namespaces]


def _objects(plane: ControlPlane, resource: Resource) -> list[tuple[str, str]]:
    """Return the namespace and the path of each object of one resource."""
    status, answer = plane.request("GET", f"{resource.prefix}/{resource.plural}")
    items = answer["items"] if status == 200 else []
    metadata = [item["metadata"] for item in items]
    return [(each["namespace"], resource.path(each["namespace"], each["name"])) for each in metadata]


def _delete(plane: ControlPlane, path: str) -> None:
    """Delete one object, and its finalizers, whose controllers do not run here."""
    _, answer = plane.request("DELETE", path, {"gracePeriodSeconds": 0})
    if answer.get("metadata", {}).get("finalizers"):
        plane.request("PUT", path, without_finalizers(answer))


def without_finalizers(object_: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object without finalizers."""
    metadata = {key: value for key, value in object_["metadata"].items() if key != "finalizers"}
    return {**object_, "metadata": metadata}


def _finalize(plane: ControlPlane, name: str) -> None:
    """Finalize an empty namespace until it is gone."""
    path = f"/api/v1/namespaces/{name}"
    status, namespace = plane.request("GET", path)
    while status == 200:
        plane.request(
            "PUT", f"{path}/finalize", {**without_finalizers(namespace), "spec": {"finalizers": []}}
        )
        status, namespace = plane.request("GET", path)
