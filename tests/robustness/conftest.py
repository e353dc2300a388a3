"""The cluster of the tests about servers that fail, and a place to run one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load
from tests.controlplane.pki import Authority
from tests.robustness.clock import Clock
from tests.robustness.process import WATCHDOG
from tests.robustness.proxy import FaultProxy
from tests.robustness.worlds import Bench

API = "rbac.authorization.k8s.io"
TEAM = "faults-team"
READS_HERE, READS_MOST = "alice@example.com", "bob@example.com"
BINDINGS = 23  # more than four pages of five


@pytest.fixture(scope="module")
def team(plane: ControlPlane) -> Iterator[ControlPlane]:
    """The control plane with a namespace of many bindings, and two users who can read some of them."""
    assert [] == load(plane, _objects())
    _wait_until_seen(plane, READS_HERE, TEAM)
    _wait_until_seen(plane, READS_MOST, "")
    yield plane
    clear(plane)


@pytest.fixture(scope="session")
def front(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Path, Path]]:
    """The authority of the proxies, and their certificate and key."""
    authority = Authority(tmp_path_factory.mktemp("front"))
    return authority.certificate, authority.server("proxy")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """The clock of the commands that run inside this process."""
    clock = Clock()
    clock.use(monkeypatch)
    yield clock
    clock.end()


@pytest.fixture
def bench(team: ControlPlane, clock: Clock, tmp_path: Path) -> Bench:
    """A place for a case that asks the API server directly."""
    return Bench(team, tmp_path, team.server, team.ca_file, clock)


@pytest.fixture
def in_front(bench: Bench, front: tuple[Path, tuple[Path, Path]]) -> Iterator[Callable[..., FaultProxy]]:
    """A function that puts a proxy with a fault between the case and the API server."""
    with ExitStack() as proxies:

        def put(**fault: Any) -> FaultProxy:
            proxy = FaultProxy(bench.plane.server, bench.plane.ca_file, front[1], **fault)
            bench.server, bench.authority = proxy.url, front[0]
            bench.clock.stuck = lambda: proxy.stuck
            return proxies.enter_context(proxy)

        yield put


def _objects() -> list[dict[str, Any]]:
    secrets = [{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}]
    here = [{"verbs": ["list"], "apiGroups": [API], "resources": ["roles", "rolebindings"]}]
    most = [{**here[0], "resources": ["roles", "rolebindings", "clusterrolebindings"]}]
    members = [
        _binding("RoleBinding", f"member-{n:02}", "Role", "reader", f"m{n:02}@example.com")
        for n in range(BINDINGS)
    ]
    return [
        _role("Role", "reader", secrets),
        *members,
        _role("Role", "faults-lister", here),
        _binding("RoleBinding", "faults-lister", "Role", "faults-lister", READS_HERE),
        _role("ClusterRole", "faults-most", most),
        _binding("ClusterRoleBinding", "faults-most", "ClusterRole", "faults-most", READS_MOST),
    ]


def _role(kind: str, name: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "apiVersion": f"{API}/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": TEAM},
        "rules": rules,
    }


def _binding(kind: str, name: str, role_kind: str, role: str, user: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{API}/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": TEAM},
        "roleRef": {"apiGroup": API, "kind": role_kind, "name": role},
        "subjects": [{"apiGroup": API, "kind": "User", "name": user}],
    }


def _wait_until_seen(plane: ControlPlane, user: str, namespace: str) -> None:
    """Return once the authorizer has seen what was loaded for the user."""
    where = {"verb": "list", "group": API, "resource": "rolebindings", "namespace": namespace}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "resourceAttributes": where},
    }
    deadline = time.monotonic() + WATCHDOG
    while not plane.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)[1][
        "status"
    ]["allowed"]:
        assert deadline > time.monotonic(), f"the authorizer did not see the bindings of {user}"
        time.sleep(0.05)
