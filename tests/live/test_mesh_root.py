"""A mesh whose root namespace has another name: its policies count in every namespace."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load, wait_for_aggregation
from tests.live.conftest import demo_objects
from tests.running import run

ROOT = "mesh-root"
OWNER, NAMESPACE = "alice@example.com", "team-a"
MESH_ANSWERS: dict[str, tuple[tuple[str, ...], Callable[[Any], object]]] = {
    "profiles": (("profiles", NAMESPACE), lambda answer: _of_owner(answer["items"][0]["members"])),
    "all profiles": (("profiles",), lambda answer: _of_owner(_named(answer["items"], NAMESPACE)["members"])),
    "profiles by label": (
        ("profiles", "-l", "kubernetes.io/metadata.name=team-a"),
        lambda answer: _of_owner(_named(answer["items"], NAMESPACE)["members"]),
    ),
    "explain": (
        ("explain", OWNER, "create", "notebooks", "-n", NAMESPACE),
        lambda answer: answer["items"][0]["planes"]["mesh"]["reach"],
    ),
}


@pytest.fixture(scope="module")
def renamed(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield the demo with another root namespace, in which a policy denies everything to everybody."""
    objects = [_with_root(each) for each in demo_objects()]
    objects.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ROOT}})
    objects.append(_denial())
    assert [] == load(plane, objects, replace=True)
    wait_for_aggregation(plane)
    yield plane
    clear(plane)


def _with_root(content: dict[str, Any]) -> dict[str, Any]:
    """Return an object of the demo, of the mesh's settings one with the other root namespace."""
    if (content["kind"], content["metadata"]["name"]) == ("ConfigMap", "istio"):
        content["data"]["mesh"] = f"rootNamespace: {ROOT}\n"
    return content


def _denial() -> dict[str, Any]:
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "deny-all", "namespace": ROOT},
        "spec": {"action": "DENY", "rules": [{}]},
    }


def _delete_policies(plane: ControlPlane, namespace: str) -> None:
    command = (plane.kubectl, "--kubeconfig", plane.kubeconfig(), "delete", "authorizationpolicies", "--all")
    subprocess.run([*command, "-n", namespace], check=True, capture_output=True, timeout=60)


def _named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in items if item["name"] == name)


def _of_owner(members: list[dict[str, Any]]) -> object:
    return next(member["mesh"]["reach"] for member in members if member["subject"]["name"] == OWNER)


@pytest.mark.server
@pytest.mark.parametrize("name", MESH_ANSWERS)
def test_a_policy_of_the_root_namespace_counts(name: str, renamed: ControlPlane) -> None:
    """It does so too for a question about one namespace, which reads only the policies that matter."""
    argv, mesh_answer = MESH_ANSWERS[name]
    answer = run(*argv, "-o", "json", "--kubeconfig", str(renamed.kubeconfig()))

    assert "no" == mesh_answer(answer.json)


@pytest.mark.server
def test_access_knows_the_root_namespace(renamed: ControlPlane) -> None:
    """The wide table of one namespace has the mesh's answer."""
    answer = run("access", OWNER, "-n", NAMESPACE, "-o", "wide", "--kubeconfig", str(renamed.kubeconfig()))

    mesh = {
        line.split()[-1] for line in answer.lines if line.startswith(("notebooks ", "inferenceservices "))
    }
    assert {"no"} == mesh
    assert f"root namespace: {ROOT} " in answer.stdout


@pytest.mark.server
def test_a_mesh_shows_in_the_policies_of_any_namespace(renamed: ControlPlane) -> None:
    """A namespace without policies is open, and a root namespace without policies limits nobody."""
    _delete_policies(renamed, "team-c")
    _delete_policies(renamed, ROOT)
    argv = ("profiles", "team-c", "-o", "json", "--kubeconfig", str(renamed.kubeconfig()))
    members = run(*argv).json["items"][0]["members"]
    words = ("explain", "carol@example.com", "create", "notebooks", "-n", "team-c", *argv[2:])

    assert {"yes"} == {member["mesh"]["reach"] for member in members if member["subject"]["kind"] == "User"}
    assert "yes" == run(*words).json["items"][0]["planes"]["mesh"]["reach"]
