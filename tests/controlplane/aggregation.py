"""Wait until the control plane has filled its aggregated ClusterRoles."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

from tests.controlplane.cluster import ControlPlane

CLUSTER_ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
LABEL = "sentinel.kfaccess.test/level"
QUIET = 0.2


def wait_for_aggregation(plane: ControlPlane, depth: int = 6, timeout: float = 60.0) -> None:
    """
    Wait until all existing ClusterRoles are aggregated; raises TimeoutError.

    The controller handles events in their order, and each event queues all aggregated roles again. So we
    create a chain of new roles, each of which aggregates the previous one. When its end is filled, all older
    events have been handled `depth` times. `depth` is that of the deepest chain in use. Then we wait for
    roles that still change.
    """
    sentinel = _Sentinel(plane, depth)
    deadline = time.monotonic() + timeout
    try:
        sentinel.create()
        _wait(plane, sentinel.is_filled, 0.02, deadline)
        wait_for_quiet(plane, deadline)
    finally:
        sentinel.delete()


def wait_for_quiet(plane: ControlPlane, deadline: float) -> None:
    """Wait until no ClusterRole has changed for a moment; raises TimeoutError after the deadline."""
    _wait(plane, _quiet(plane), QUIET, deadline)


class _Sentinel:
    """A chain of ClusterRoles: the first has rules, and each of the others aggregates the one before it."""

    def __init__(self, plane: ControlPlane, depth: int) -> None:
        self._plane = plane
        self._id = f"kfaccess-sentinel-{secrets.token_hex(4)}"
        self._levels = range(depth + 1)

    def create(self) -> None:
        """Create the chain, and the role with the rules last, so that the rules have to go all the way."""
        for level in reversed(self._levels):
            status, answer = self._plane.request("POST", CLUSTER_ROLES, self._role(level))
            if status != 201:
                raise RuntimeError(f"the sentinel of the aggregation was refused: {answer}")

    def is_filled(self) -> bool:
        """Return whether the rules have arrived at the end of the chain."""
        _, role = self._plane.request("GET", f"{CLUSTER_ROLES}/{self._name(self._levels[-1])}")
        return bool(role.get("rules"))

    def delete(self) -> None:
        """Delete the chain from its end, so that no other role changes."""
        for level in reversed(self._levels):
            self._plane.request("DELETE", f"{CLUSTER_ROLES}/{self._name(level)}")

    def _role(self, level: int) -> dict[str, Any]:
        """Return the ClusterRole of one level."""
        role: dict[str, Any] = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": self._name(level), "labels": {LABEL: self._name(level)}},
        }
        if level == 0:
            return role | {"rules": [{"nonResourceURLs": [f"/{self._id}"], "verbs": ["get"]}]}
        selector = {"matchLabels": {LABEL: self._name(level - 1)}}
        return role | {"aggregationRule": {"clusterRoleSelectors": [selector]}}

    def _name(self, level: int) -> str:
        """Return the name of one level's role, which is also the value of its label."""
        return f"{self._id}-{level}"


def _quiet(plane: ControlPlane) -> Callable[[], bool]:
    """Return a function that returns whether no ClusterRole has changed since its last call."""
    last: dict[str, str] = {}

    def is_quiet() -> bool:
        nonlocal last
        before, last = last, resource_versions(plane)
        return last == before

    return is_quiet


def resource_versions(plane: ControlPlane) -> dict[str, str]:
    """Return the resourceVersion of each ClusterRole by name."""
    _, answer = plane.request("GET", CLUSTER_ROLES)
    return {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in answer["items"]}


def _wait(plane: ControlPlane, done: Callable[[], bool], pause: float, deadline: float) -> None:
    """Wait until *done* returns True; raises TimeoutError with the controller's output at *deadline*."""
    while not done():
        if time.monotonic() > deadline:
            reason = plane.log_tail("kube-controller-manager")
            raise TimeoutError(f"aggregation did not come to rest: {reason}")
        time.sleep(pause)
