"""Waiting until the control plane has filled its aggregated ClusterRoles."""

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
    """Nothing, once the aggregation of all ClusterRoles that exist now is done, else TimeoutError.

    The controller handles events in their order, and each one queues all aggregated roles again. So a chain
    of new roles, each aggregating the one before, is filled to its end after all that was there has been
    handled `depth` times. `depth` is that of the deepest chain in use. Roles that still change after that
    are waited for as well.
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
    """Nothing, once no ClusterRole has changed for a moment; TimeoutError after the deadline."""
    _wait(plane, _quiet(plane), QUIET, deadline)


class _Sentinel:
    """A chain of ClusterRoles: rules at one end, and aggregated by role after role."""

    def __init__(self, plane: ControlPlane, depth: int) -> None:
        self._plane = plane
        self._id = f"kfaccess-sentinel-{secrets.token_hex(4)}"
        self._levels = range(depth + 1)

    def create(self) -> None:
        """Nothing, once the chain exists: the role with the rules last, so that all the way is to go."""
        for level in reversed(self._levels):
            status, answer = self._plane.request("POST", CLUSTER_ROLES, self._role(level))
            if status != 201:
                raise RuntimeError(f"the sentinel of the aggregation was refused: {answer}")

    def is_filled(self) -> bool:
        """Whether the rules have arrived at the chain's far end."""
        _, role = self._plane.request("GET", f"{CLUSTER_ROLES}/{self._name(self._levels[-1])}")
        return bool(role.get("rules"))

    def delete(self) -> None:
        """Nothing: removes the chain from its far end, so that no other role changes."""
        for level in reversed(self._levels):
            self._plane.request("DELETE", f"{CLUSTER_ROLES}/{self._name(level)}")

    def _role(self, level: int) -> dict[str, Any]:
        """The ClusterRole of one level."""
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
        """The name of one level's role, which is its label's value, too."""
        return f"{self._id}-{level}"


def _quiet(plane: ControlPlane) -> Callable[[], bool]:
    """A question that is answered with yes when no ClusterRole has changed since it was last asked."""
    last: dict[str, str] = {}

    def is_quiet() -> bool:
        nonlocal last
        before, last = last, resource_versions(plane)
        return last == before

    return is_quiet


def resource_versions(plane: ControlPlane) -> dict[str, str]:
    """The resourceVersion of each ClusterRole by name."""
    _, answer = plane.request("GET", CLUSTER_ROLES)
    return {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in answer["items"]}


def _wait(plane: ControlPlane, done: Callable[[], bool], pause: float, deadline: float) -> None:
    """Nothing, once it is done; TimeoutError with the controller's last output after the deadline."""
    while not done():
        if time.monotonic() > deadline:
            reason = plane.log_tail("kube-controller-manager")
            raise TimeoutError(f"aggregation did not come to rest: {reason}")
        time.sleep(pause)
