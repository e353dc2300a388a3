"""What the server asks with another scope than the type's own, shown by real requests and not by reviews."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load

pytestmark = pytest.mark.server

ALICE = "alice@example.com"
GROUP = "rbac.authorization.k8s.io"
VERSION = f"{GROUP}/v1"
API = f"/apis/{VERSION}"
POWERS: list[dict[str, Any]] = [
    {"verbs": ["bind", "escalate"], "apiGroups": [GROUP], "resources": ["clusterroles"]},
    {"verbs": ["impersonate"], "apiGroups": [""], "resources": ["users", "groups", "serviceaccounts"]},
]
WRITES = [
    {
        "verbs": ["create", "update"],
        "apiGroups": [GROUP],
        "resources": ["clusterroles", "rolebindings", "clusterrolebindings"],
    }
]


def cluster_role(name: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a ClusterRole."""
    return {"apiVersion": VERSION, "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}


def binding(name: str, role: str, user: str, namespace: str = "") -> dict[str, Any]:
    """Return a RoleBinding in *namespace*; without one, a ClusterRoleBinding."""
    return {
        "apiVersion": VERSION,
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "User", "name": user, "apiGroup": GROUP}],
    }


@pytest.fixture(scope="module")
def granted(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield a cluster in which alice can write bindings everywhere, and has the powers in team-a alone."""
    objects = [
        cluster_role("powers", POWERS),
        cluster_role("writes", WRITES),
        cluster_role("target", []),
        binding("powers", "powers", ALICE, "team-a"),
        binding("writes", "writes", ALICE),
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-b"}},
    ]
    assert [] == load(plane, objects)
    deadline = time.monotonic() + 60
    while _post(plane, "team-a", "sentinel") != 201:
        assert deadline > time.monotonic(), "the authorizer did not see the loaded objects"
        time.sleep(0.05)
    yield plane
    clear(plane)


def _post(plane: ControlPlane, namespace: str, name: str) -> int:
    """Return the status when alice creates a binding of `cluster-admin`."""
    body = binding(name, "cluster-admin", "mallory@example.com", namespace)
    path = f"{API}/namespaces/{namespace}/rolebindings" if namespace else f"{API}/clusterrolebindings"
    status, _ = plane.request("POST", path, body, plane.token(ALICE))
    return status


@pytest.mark.parametrize(("namespace", "status"), [("team-a", 201), ("team-b", 403), ("", 403)])
def test_bind_is_asked_in_the_namespace_of_the_binding(
    granted: ControlPlane, namespace: str, status: int
) -> None:
    """Alice can bind any ClusterRole in team-a, and none elsewhere."""
    assert status == _post(granted, namespace, f"new-in-{namespace or 'cluster'}")


def test_escalate_is_asked_without_a_namespace_for_a_cluster_role(granted: ControlPlane) -> None:
    """A ClusterRole is written outside of namespaces, so a RoleBinding that grants `escalate` is useless."""
    wanted = cluster_role("target", [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}])

    status, answer = granted.request("PUT", f"{API}/clusterroles/target", wanted, granted.token(ALICE))

    assert (403, True) == (
        status,
        "is attempting to grant RBAC permissions not currently held" in str(answer),
    )


@pytest.mark.parametrize(
    ("other", "refused"),
    [
        pytest.param("ann@example.com", "cannot impersonate", id="a user"),
        pytest.param("system:serviceaccount:team-b:x", "cannot impersonate", id="b"),
        pytest.param(
            "system:serviceaccount:team-a:x", 'cannot get resource "pods"', id="an account of team-a"
        ),
    ],
)
def test_users_are_impersonated_outside_of_namespaces(
    granted: ControlPlane, other: str, refused: str
) -> None:
    """A RoleBinding grants the accounts of its namespace; the last request fails later, as that account."""
    path = "/api/v1/namespaces/team-a/pods/x"
    kubectl = (
        granted.kubectl,
        "--kubeconfig",
        granted.kubeconfig(ALICE),
        "get",
        "--raw",
        path,
        "--as",
        other,
    )

    answer = subprocess.run([str(word) for word in kubectl], capture_output=True, text=True, check=False)

    assert refused in answer.stderr
