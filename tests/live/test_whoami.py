"""`whoami`, and the program in a pod: it uses the service account's own token, without configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import kubectl_kfaccess
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load
from tests.live.conftest import demo
from tests.live.test_access import SUBJECTS, points, servers
from tests.running import NOWHERE, Result, run

__all__ = ["demo"]  # the demo cluster on the real API server
GROUP = "rbac.authorization.k8s.io"
SCHEMA = Path(kubectl_kfaccess.__file__).parent / "schemas" / "WhoAmI.json"


@pytest.fixture
def pod(release: ControlPlane, tmp_path: Path) -> dict[str, Any]:
    """Return a notebook's pod in the profile `alice`: variables and files as the kubelet makes them."""
    folder = tmp_path / "var/run/secrets/kubernetes.io/serviceaccount"
    folder.mkdir(parents=True)
    (folder / "token").write_text(release.service_account_token("alice", "default-editor"))
    (folder / "ca.crt").write_bytes(release.ca_file.read_bytes())
    (folder / "namespace").write_text("alice")
    host, _, port = release.server.removeprefix("https://").partition(":")
    address = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
    return {"environ": {**NOWHERE, **address}, "root": tmp_path}


@pytest.mark.server
def test_whoami_shows_the_name_and_groups_that_the_server_knows(pod: dict[str, Any]) -> None:
    """In a pod that is the service account, with the groups that the server gives it."""
    answer = run("whoami", "-o", "json", **pod)

    assert 0 == answer.status
    assert "system:serviceaccount:alice:default-editor" == answer.json["user"]
    groups = ["system:serviceaccounts", "system:serviceaccounts:alice", "system:authenticated"]
    assert groups == answer.json["groups"]


@pytest.mark.server
def test_whoami_shows_what_can_be_read_and_what_gaps_cost(release: ControlPlane, pod: dict[str, Any]) -> None:
    """An editor can list accounts in their namespace, but no ClusterRoles. An admin can list everything."""
    editor = {(i["resource"], i["namespace"]): i for i in run("whoami", "-o", "json", **pod).json["items"]}
    admin = run("whoami", "-o", "json", "--kubeconfig", str(release.kubeconfig())).json["items"]

    assert editor["serviceaccounts", "alice"]["allowed"]
    assert not editor["clusterroles", ""]["allowed"]
    assert "access, explain, can-apply: complete about yourself" in editor["clusterroles", ""]["cost"]
    istio = editor["configmaps", "istio-system"]
    assert ("get", "istio", False) == (istio["verb"], istio["name"], istio["allowed"])
    assert "not the mesh" in istio["cost"]
    assert {(True, "")} == {(item["allowed"], item["cost"]) for item in admin}


@pytest.mark.server
@pytest.mark.parametrize("output", ["json", "yaml"])
def test_whoami_matches_its_schema(pod: dict[str, Any], output: str) -> None:
    """The machine formats are as published."""
    import yaml

    answer = run("whoami", "-o", output, **pod)

    document = answer.json if output == "json" else yaml.safe_load(answer.stdout)
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))
    assert [] == [error.message for error in validator.iter_errors(document)]


@pytest.mark.server
def test_with_as_whoami_is_about_the_impersonated_user(release: ControlPlane) -> None:
    """User and groups are those of `--as` and `--as-group`."""
    flags = ("--kubeconfig", str(release.kubeconfig()), "--as", "carol@example.com", "--as-group", "x")

    assert {"carol@example.com"} == {run("whoami", "-o", "json", *flags).json["user"]}
    assert "user/carol@example.com\n" == run("whoami", "-o", "name", *flags).stdout
    assert "x" in run("whoami", "-o", "json", *flags).json["groups"]


@pytest.mark.server
def test_in_a_pod_access_is_about_the_account_and_its_namespace(
    release: ControlPlane, pod: dict[str, Any]
) -> None:
    """Without configuration, each cell is the server's; a note says that there can be other namespaces."""
    answer: Result = run("access", "-o", "json", **pod)
    ours = dict(points(answer.json))

    assert (3, "default-editor") == (answer.status, answer.json["subject"]["name"])
    assert {"", "alice"} == {point[0] for point in ours}
    assert "note: tried: alice (your account's).  Others: -n NAME" in answer.stderr.splitlines()
    assert servers(release, SUBJECTS["default-editor"], list(ours)) == ours


@pytest.mark.server
def test_in_a_pod_the_other_commands_work(pod: dict[str, Any]) -> None:
    """In a pod, the program explains errors and knows what the cluster serves."""
    yes = run("explain", "create", "inferenceservices", **pod)
    no = run("explain", "create", "rolebindings", **pod)
    served = run("resources", "--served", "-o", "name", **pod)

    assert (0, 1, 0) == (yes.status, no.status, served.status)
    assert yes.stdout.startswith("yes: sa:alice/default-editor can create inferenceservices")
    assert "inferenceservices.serving.kserve.io\n" in served.stdout


@pytest.mark.server
@pytest.mark.parametrize(
    "caller",
    [
        ["--as", "alice@example.com"],
        [
            "--as",
            "grace@example.com",
            "--as-uid",
            "7",
            "--as-user-extra",
            "team=a",
            "--as-user-extra",
            "team=b",
        ],
        ["--as", "system:serviceaccount:team-a:default-editor"],
        ["--as", "system:serviceaccount:team-a:default-editor", "--as-group", "ml-team"],
        ["--as", "ivan@example.com", "--as-group", "platform-admins"],
        ["--as", "kim@example.com", "--as-group", "system:masters"],
    ],
    ids=lambda words: " ".join(words[1::2]),
)
def test_as_with_files_gives_the_servers_answer(demo: ControlPlane, caller: list[str]) -> None:
    """
    `--as` with the demo gives the same groups and permissions as the real server.

    What an account in another group is to its namespace is left out: two bindings name it there, it can read
    neither, and the server's reason for a yes names the one that it happens to come to first.
    """
    ask = ("whoami", *caller, "-n", "team-a", "-o", "json")
    server = run(*ask, "--kubeconfig", str(demo.kubeconfig()))

    assert 0 == server.status, server.stderr
    demo_answer = run(*ask, "--demo").json
    compared = set(demo_answer) - ({"namespaces"} if "ml-team" in caller else set())
    assert {key: server.json[key] for key in compared} == {key: demo_answer[key] for key in compared}
    assert set(server.json) == set(demo_answer)


@pytest.mark.server
def test_a_caller_who_can_ask_about_everybody_needs_no_local_reviews(demo: ControlPlane) -> None:
    """Lacking a permission costs nothing if another one includes it."""
    rule = {"verbs": ["create"], "apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"]}
    meta = {"name": "reviews-only"}
    role = {"kind": "ClusterRole", "metadata": meta, "rules": [rule]}
    binding = {
        "kind": "ClusterRoleBinding", "metadata": meta,
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "reviews-only"},
        "subjects": [{"apiGroup": GROUP, "kind": "User", "name": "auditor"}],
    }  # fmt: skip
    assert [] == load(demo, [{"apiVersion": f"{GROUP}/v1", **manifest} for manifest in (role, binding)])

    answer = run("whoami", "--as", "auditor", "-o", "json", "--kubeconfig", str(demo.kubeconfig()))

    (local,) = [item for item in answer.json["items"] if item["resource"].startswith("local")]
    assert (False, "") == (local["allowed"], local["cost"])


@pytest.mark.server
def test_an_answer_about_one_namespace_of_an_unknown_number_is_incomplete(pod: dict[str, Any]) -> None:
    """Everything in that namespace is known, but there can be access in others. A note says so."""
    everywhere, here = run("access", **pod), run("access", "-n", "alice", **pod)

    assert (3, 0) == (everywhere.status, here.status)
    assert "alice" in {line.split()[0] for line in everywhere.lines}
    assert "note: tried: alice (your account's)" in everywhere.stderr
