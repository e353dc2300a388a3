"""Remove from a control plane what was loaded into it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from tests.controlplane import crds
from tests.controlplane.aggregation import resource_versions, wait_for_quiet
from tests.controlplane.cluster import ControlPlane, Loaded
from tests.controlplane.namespaces import remove_namespaces, without_finalizers
from tests.controlplane.parallel import in_parallel
from tests.controlplane.replace import own_metadata, replace_object

TIMEOUT = 120.0


def clear(plane: ControlPlane) -> None:
    """
    Remove everything that `load` put into the server, and restore what it replaced.

    A namespace that `load` created is removed with everything in it.
    """
    # If an object was loaded several times, restore what existed before the first time
    loaded = list({each.path: each for each in reversed(plane.loaded)}.values())
    namespaces = {each.name for each in loaded if each.kind == "Namespace" and each.before is None}
    remove_namespaces(plane, namespaces)
    rest = [each for each in loaded if each.namespace not in namespaces and each.kind != "Namespace"]
    in_parallel(partial(_restore, plane), [each for each in rest if each.before])
    created = [each for each in rest if each.before is None]
    _delete(plane, [each for each in created if each.kind not in ("ClusterRole", crds.KIND)])
    _delete_cluster_roles(plane, [each for each in created if each.kind == "ClusterRole"])
    _delete(plane, [each for each in created if each.kind == crds.KIND])
    plane.loaded.clear()


def _restore(plane: ControlPlane, loaded: Loaded) -> None:
    """Restore an object that `load` replaced, also if it was deleted in the meantime."""
    assert loaded.before is not None  # the caller has selected these
    status, _, _ = replace_object(plane, loaded.path, loaded.before)
    if status == 404:
        body = {**loaded.before, "metadata": own_metadata(loaded.before)}
        plane.request("POST", loaded.path.rpartition("/")[0], body)


def _delete_cluster_roles(plane: ControlPlane, roles: Sequence[Loaded]) -> None:
    """
    Delete ClusterRoles until they stay deleted.

    The aggregation controller applies rules, which creates a role again that was deleted a moment ago.
    """
    remaining = list(roles)
    while remaining:
        _delete(plane, remaining)
        wait_for_quiet(plane, time.monotonic() + TIMEOUT)
        existing = resource_versions(plane)
        remaining = [each for each in roles if each.name in existing]


def _delete(plane: ControlPlane, loaded: Sequence[Loaded]) -> None:
    """Delete objects and wait until they are gone; raises TimeoutError with the name of one that is not."""
    deadline = time.monotonic() + TIMEOUT
    remaining = list(loaded)
    while True:
        gone = in_parallel(partial(_is_gone, plane), remaining)
        remaining = [each for each, is_gone in zip(remaining, gone, strict=True) if not is_gone]
        if not remaining:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"`{remaining[0].path}` was deleted but is still there")
        time.sleep(0.1)


def _is_gone(plane: ControlPlane, loaded: Loaded) -> bool:
    """Try to delete an object, and return whether it is gone."""
    status, answer = plane.request("DELETE", loaded.path)
    if status == 404 or answer.get("status") == "Success":
        return True
    if loaded.kind != crds.KIND and answer.get("metadata", {}).get("finalizers"):
        # The controller that would remove the finalizer does not run here
        plane.request("PUT", loaded.path, without_finalizers(answer))
    return False
