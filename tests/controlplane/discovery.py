"""Which kinds the API server serves, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.parallel import in_parallel


@dataclass(frozen=True)
class Resource:
    """What the API server says about a kind."""

    prefix: str
    plural: str
    namespaced: bool
    verbs: frozenset[str]

    def collection(self, namespace: str) -> str:
        """Return the path that lists the objects of this kind, and accepts new ones."""
        if self.namespaced:
            return f"{self.prefix}/namespaces/{quote(namespace, safe='')}/{self.plural}"
        return f"{self.prefix}/{self.plural}"

    def path(self, namespace: str, name: str) -> str:
        """Return the path of one object."""
        return f"{self.collection(namespace)}/{quote(name, safe='')}"


class Discovery:
    """The resources in the API groups of some objects, as they were served at one moment."""

    def __init__(self, plane: ControlPlane, objects: Iterable[Mapping[str, Any]]) -> None:
        versions = {str(each.get("apiVersion", "")) for each in objects}
        self._resources = {version: _by_kind(plane, version) for version in sorted(versions)}

    def find(self, object_: Mapping[str, Any]) -> Resource | None:
        """Return the resource of an object's kind, None if the server does not serve the kind."""
        return self._resources[str(object_.get("apiVersion", ""))].get(str(object_.get("kind", "")))


def plurals(plane: ControlPlane, api_version: str) -> set[str]:
    """Return the resources that one version of a group serves, without subresources."""
    return {resource.plural for resource in _by_kind(plane, api_version).values()}


def namespaced_resources(plane: ControlPlane) -> list[Resource]:
    """Return all namespaced resources that can be listed and deleted, each in one version."""
    _, answer = plane.request("GET", "/apis")
    versions = ["v1", *(group["preferredVersion"]["groupVersion"] for group in answer["groups"])]
    by_version = in_parallel(partial(_by_kind, plane), versions)
    resources = [resource for by_kind in by_version for resource in by_kind.values()]
    return [each for each in resources if each.namespaced and each.verbs >= {"list", "delete"}]


def _by_kind(plane: ControlPlane, api_version: str) -> dict[str, Resource]:
    """Return the resources of one version of a group by kind; {} if the group is not served."""
    prefix = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    status, answer = plane.request("GET", prefix)
    entries = answer.get("resources", []) if status == 200 else []
    return {
        entry["kind"]: Resource(prefix, entry["name"], entry["namespaced"], frozenset(entry["verbs"]))
        for entry in entries
        if "/" not in entry["name"]
    }
