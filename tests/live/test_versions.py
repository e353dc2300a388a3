"""What depends on the version of the server: streams to pods, and constrained impersonation."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_kfaccess.rbac.kubernetes_version import (
    CONSTRAINED_IMPERSONATION,
    STREAMS_NEED_CREATE,
    KubernetesVersion,
    parse_version,
)
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load
from tests.running import Result, run

pytestmark = pytest.mark.server

RBAC = "rbac.authorization.k8s.io"
GETTER, CREATOR, BOTH = "alice@example.com", "bob@example.com", "cluster-reader"
ACTOR, TARGET = "nobody@example.com", "bob@example.com"
PODS = "/api/v1/namespaces/team-a/pods"
STREAMS = ("exec", "attach", "portforward")
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "team-a"},
    "spec": {"containers": [{"name": "web", "image": "web"}], "schedulerName": "nobody"},
}


def rule(verbs: list[str], resources: list[str], group: str = "", **more: Any) -> dict[str, Any]:
    """Return a rule."""
    return {"verbs": verbs, "apiGroups": [group], "resources": resources, **more}


def granted(name: str, user: str, *rules: dict[str, Any], namespace: str = "") -> list[dict[str, Any]]:
    """Return a ClusterRole, and its binding in *namespace*, or else in the whole cluster."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return [
        {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": list(rules)},
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "User", "name": user, "apiGroup": RBAC}],
        },
    ]


STREAM_TYPES = [f"pods/{stream}" for stream in STREAMS]
OBJECTS = [
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "team-a"}},
    POD,
    *granted("gets-streams", GETTER, rule(["get"], STREAM_TYPES), namespace="team-a"),
    *granted("creates-streams", CREATOR, rule(["create"], STREAM_TYPES), namespace="team-a"),
    *granted("has-streams", BOTH, rule(["get", "create"], STREAM_TYPES), namespace="team-a"),
    *granted("lists-pods", TARGET, rule(["list"], ["pods", "services"]), namespace="team-a"),
    *granted("acts-on-pods", ACTOR, rule(["impersonate-on:user-info:list"], ["pods"]), namespace="team-a"),
    *granted(
        "acts-as-bob",
        ACTOR,
        rule(["impersonate:user-info"], ["users"], "authentication.k8s.io", resourceNames=[TARGET]),
    ),
]


@pytest.fixture(scope="module")
def version(kubernetes_version: str) -> KubernetesVersion:
    """Return the version of the server."""
    version = parse_version(kubernetes_version)
    assert version is not None
    return version


@pytest.fixture(scope="module")
def team(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield a server with a pod on no node, so that a stream that is authorized fails for another reason."""
    assert [] == load(plane, OBJECTS, replace=True)
    deadline = time.monotonic() + 60
    while stream(plane, "POST", BOTH, "exec") == 403 or listed_as(plane, "services", TARGET, TARGET):
        assert deadline > time.monotonic(), "the authorizer did not see the loaded objects"
        time.sleep(0.05)
    yield plane
    clear(plane)


def stream(plane: ControlPlane, method: str, user: str, name: str) -> int:
    """Return the status of a request that opens a stream."""
    status, _ = plane.request(method, f"{PODS}/web/{name}?command=ls&ports=80", token=plane.token(user))
    return status


def listed_as(plane: ControlPlane, resource: str, caller: str, user: str) -> str:
    """Return the error when *caller* lists *resource* as *user*, "" if there is none."""
    path = f"/api/v1/namespaces/team-a/{resource}"
    arguments = ["--kubeconfig", str(plane.kubeconfig(caller)), "get", "--raw", path]
    impersonation = [] if caller == user else ["--as", user]
    done = subprocess.run(
        [str(plane.kubectl), *arguments, *impersonation], capture_output=True, text=True, check=False
    )
    return done.stderr if done.returncode else ""


def answer(plane: ControlPlane, *argv: str, user: str = "admin") -> Result:
    """Return what the program answers as *user*."""
    return run(*argv, "--kubeconfig", str(plane.kubeconfig(user)))


@pytest.mark.parametrize("name", STREAMS)
def test_a_websocket_needs_get_and_since_1_35_create_as_well(
    team: ControlPlane, version: KubernetesVersion, name: str
) -> None:
    """A websocket is opened by a GET. A POST always needed `create` alone."""
    is_new = version >= STREAMS_NEED_CREATE
    expected = {
        ("GET", GETTER): is_new,
        ("GET", CREATOR): True,
        ("GET", BOTH): False,
        ("POST", GETTER): True,
        ("POST", CREATOR): False,
        ("POST", BOTH): False,
    }

    refused = {key: stream(team, *key, name) == 403 for key in expected}

    assert expected == refused


def test_who_can_counts_those_with_get_alone(team: ControlPlane, version: KubernetesVersion) -> None:
    """Old servers are content with `get`; with new ones it is useless alone."""
    is_new = version >= STREAMS_NEED_CREATE

    creating = answer(team, "who-can", "create", "pods/exec", "-n", "team-a").stderr
    getting = answer(team, "who-can", "get", "pods/exec", "-n", "team-a").stderr

    assert is_new != ("can exec over a websocket without `create`: see `who-can get pods/exec`" in creating)
    assert is_new == ("exec needs `create pods/exec` as well" in getting)


def test_explain_says_what_get_alone_is_worth(team: ControlPlane, version: KubernetesVersion) -> None:
    """The verdict is about the question's own verb; the note is about what kubectl needs."""
    is_new = version >= STREAMS_NEED_CREATE

    creating = answer(team, "explain", GETTER, "create", "pods/exec", "-n", "team-a")
    getting = answer(team, "explain", GETTER, "get", "pods/exec", "-n", "team-a")
    both = answer(team, "explain", BOTH, "get", "pods/exec", "-n", "team-a")

    assert (1, 0, 0) == (creating.status, getting.status, both.status)
    assert is_new != ("this subject can exec over a websocket without `create`" in creating.stderr)
    assert is_new == ("needs `create pods/exec` as well: this subject cannot" in getting.stderr)
    assert "as well" not in both.stderr


def test_constrained_impersonation_allows_single_requests_since_1_36(
    team: ControlPlane, version: KubernetesVersion
) -> None:
    """Nobody can list pods as bob, and nothing else: bob himself can list services too."""
    is_new = version >= CONSTRAINED_IMPERSONATION

    assert is_new == (listed_as(team, "pods", ACTOR, TARGET) == "")
    assert "cannot impersonate" in listed_as(team, "services", ACTOR, TARGET)


def test_who_can_impersonate_counts_constrained_impersonation(
    team: ControlPlane, version: KubernetesVersion
) -> None:
    """It is no row of the answer: it does not give the whole identity."""
    is_new = version >= CONSTRAINED_IMPERSONATION

    legacy = answer(team, "who-can", "impersonate", f"users/{TARGET}")
    own = answer(team, "who-can", "impersonate:user-info", f"users/{TARGET}")

    assert ACTOR not in legacy.stdout
    assert ACTOR in own.stdout
    assert is_new == ("1 more subject can act as somebody else for single kinds of requests" in legacy.stderr)
    assert is_new == ("on the user and `impersonate-on:user-info:VERB`" in own.stderr)
    assert is_new != ("never asks for `impersonate:user-info`" in own.stderr)


def test_a_refused_impersonation_says_what_it_needs(team: ControlPlane, version: KubernetesVersion) -> None:
    """The program's own `--as` is refused with the verb of the first mode that the server tries."""
    refused = answer(team, "access", "-n", "team-a", "--as", TARGET, user=ACTOR)

    is_new = version >= CONSTRAINED_IMPERSONATION
    assert 3 == refused.status
    assert "you do not need it to ask about one" in refused.stderr
    assert is_new == ("needs both `impersonate:user-info` on the user and `impersonate-on:" in refused.stderr)
