"""A running control plane."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.assets import assets
from tests.controlplane.cluster import ControlPlane, User
from tests.controlplane.process import Process, StartError, Watchdog

pytestmark = pytest.mark.server


def whoami(plane: ControlPlane, kubeconfig: Path) -> dict[str, Any]:
    """Return what the server says about the user of a kubeconfig, through the real kubectl."""
    command: list[str | Path] = [plane.kubectl, "--kubeconfig", kubeconfig, "auth", "whoami", "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    info: dict[str, Any] = json.loads(done.stdout)["status"]["userInfo"]
    return info


def test_the_server_is_of_the_wanted_version(plane: ControlPlane) -> None:
    """The server reports the version that was asked for."""
    status, answer = plane.request("GET", "/version")

    assert (200, plane.version) == (status, answer["gitVersion"])


@pytest.mark.parametrize(
    ("user", "groups"),
    [("admin", {"system:masters"}), ("cluster-reader", set()), ("alice@example.com", set())],
)
def test_users_log_in_by_token(plane: ControlPlane, user: str, groups: set[str]) -> None:
    """A user in the token file has exactly the given groups; without any, not even the group ""."""
    info = whoami(plane, plane.kubeconfig(user))

    assert (user, groups | {"system:authenticated"}) == (info["username"], set(info["groups"]))


def test_users_log_in_by_certificate(plane: ControlPlane) -> None:
    """A user with groups can be added while the server runs."""
    plane.add_user("carol@example.com", ["team-a", "team-b"])

    info = whoami(plane, plane.kubeconfig("carol@example.com"))

    expected = ("carol@example.com", {"team-a", "team-b", "system:authenticated"})
    assert expected == (info["username"], set(info["groups"]))


def test_service_accounts_get_tokens(plane: ControlPlane) -> None:
    """A service account's token logs in as that service account."""
    status, _ = plane.request(
        "POST",
        "/api/v1/namespaces/default/serviceaccounts",
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}},
    )
    token = plane.service_account_token("default", "robot")
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}

    _, answer = plane.request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review, token)

    plane.request("DELETE", "/api/v1/namespaces/default/serviceaccounts/robot")
    assert 201 == status
    assert "system:serviceaccount:default:robot" == answer["status"]["userInfo"]["username"]


@pytest.mark.parametrize(
    ("user", "status"), [("admin", 200), ("nobody@example.com", 403)], ids=["admin", "nobody"]
)
def test_access_is_decided_by_rbac(plane: ControlPlane, user: str, status: int) -> None:
    """A user without a binding can read nothing."""
    assert status == plane.request("GET", "/api/v1/secrets", token=plane.token(user))[0]


def test_nobody_is_anonymous(plane: ControlPlane) -> None:
    """A request with a wrong token is unauthorized."""
    assert 401 == plane.request("GET", "/version", token="wrong")[0]


def test_all_is_gone_after_the_end(kubernetes_version: str) -> None:
    """A control plane that has ended leaves no process and no file."""
    with ControlPlane(kubernetes_version, [User("admin", ("system:masters",))]) as plane:
        running = processes_of(plane.directory)

    assert 4 == len(running)  # the three components and the watchdog
    assert (False, []) == (plane.directory.exists(), processes_of(plane.directory))


def test_the_controller_manager_can_be_stopped_and_started(kubernetes_version: str) -> None:
    """Aggregation stops with kube-controller-manager, and continues when it is started again."""
    with ControlPlane(kubernetes_version) as plane:
        plane.stop_controller_manager()
        stopped = processes_of(plane.directory)
        plane.start_controller_manager()
        started = processes_of(plane.directory)

    assert (3, 4) == (len(stopped), len(started))


def test_nothing_outlives_a_runner_that_was_killed(kubernetes_version: str) -> None:
    """When the runner is killed, its processes and its directory disappear within seconds."""
    code = """
import sys, time
from tests.controlplane.cluster import ControlPlane
with ControlPlane(sys.argv[1]) as plane:
    print(plane.directory, flush=True)
    time.sleep(600)
"""
    runner = subprocess.Popen(
        [sys.executable, "-c", code, kubernetes_version],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert runner.stdout is not None  # because of PIPE
        directory = Path(runner.stdout.readline().strip())
        running = processes_of(directory)
    finally:
        os.kill(runner.pid, signal.SIGKILL)
        runner.communicate()
    wait_until_gone(directory)

    assert 4 == len(running)
    assert (False, []) == (directory.exists(), processes_of(directory))


def test_a_failed_start_is_tried_again(kubernetes_version: str, tmp_path: Path) -> None:
    """A component that ends at its first start, as with a taken port, is started again."""
    variables = etcd_that_fails(tmp_path, kubernetes_version, times=1)

    with ControlPlane(kubernetes_version, environment=variables) as plane:
        status, _ = plane.request("GET", "/readyz")

    assert 200 == status


def test_a_start_that_fails_three_times_is_an_error(kubernetes_version: str, tmp_path: Path) -> None:
    """The error has the component's last output, and nothing is left."""
    plane = ControlPlane(
        kubernetes_version, environment=etcd_that_fails(tmp_path, kubernetes_version, times=3)
    )

    with pytest.raises(StartError, match="etcd ended with status 1; its last output:\nport is taken"):
        plane.__enter__()

    assert 3 == len(list(tmp_path.glob("start-*")))
    assert (False, []) == (plane.directory.exists(), processes_of(plane.directory))


def test_a_program_that_ends_at_its_start_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    """The error names the program, its status and its last output."""
    watchdog = Watchdog(tmp_path / "watched")
    (tmp_path / "watched").mkdir()
    process = Process(
        "etcd", ["/bin/sh", "-c", "echo bind: address in use; exit 3"], tmp_path / "log", watchdog
    )

    with pytest.raises(StartError) as caught:
        process.wait_until(lambda: False)

    process.stop()
    watchdog.close()
    assert "etcd ended with status 3; its last output:\nbind: address in use" == str(caught.value)


def etcd_that_fails(directory: Path, version: str, times: int) -> dict[str, str]:
    """Return the environment in which the first starts of etcd fail."""
    script = directory / "etcd"
    attempts = " || ".join(f"mkdir {directory}/start-{number} 2>/dev/null" for number in range(times))
    lines = [
        "#!/bin/sh",
        f'[ "$1" = --version ] || {{ ! {{ {attempts}; }} || {{ echo port is taken; exit 1; }}; }}',
    ]
    script.write_text("\n".join([*lines, f'exec "{assets(version)["etcd"]}" "$@"']), encoding="utf-8")
    script.chmod(0o755)
    return {**os.environ, "TEST_ASSET_ETCD": str(script)}


def processes_of(directory: Path) -> list[str]:
    """Return the command lines of all processes that name a directory."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(directory) in line:
            lines.append(line)
    return lines


def wait_until_gone(directory: Path, seconds: float = 60.0) -> None:
    """Wait until the directory and its processes are gone, or for that many seconds at most."""
    deadline = time.monotonic() + seconds
    while (directory.exists() or processes_of(directory)) and time.monotonic() < deadline:
        time.sleep(0.1)


def test_a_pod_cannot_name_an_absent_account_if_accounts_are_admitted(kubernetes_version: str) -> None:
    """Which accounts exist matters then; a proof of what a pod runs as would otherwise be empty."""
    with ControlPlane(kubernetes_version, admits_accounts=True) as plane:
        path = "/api/v1/namespaces/default"
        while plane.request("GET", f"{path}/serviceaccounts/default")[0] == 404:
            time.sleep(0.05)
        answers = {name: plane.request("POST", f"{path}/pods", _pod(name)) for name in ("default", "absent")}

    assert [201, 403] == [answers[name][0] for name in ("default", "absent")]
    assert 'serviceaccount "absent" not found' in answers["absent"][1]["message"]


def _pod(account: str) -> dict[str, Any]:
    spec = {"serviceAccountName": account, "containers": [{"name": "main", "image": "busybox"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": account}, "spec": spec}
