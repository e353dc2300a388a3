"""`can-apply` as callers who can read little, and what kubectl itself makes of a whole bundle."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane, Loaded
from tests.controlplane.load import clear, load
from tests.running import Result, run
from tests.truth.arena import wait_for_authorizer

pytestmark = pytest.mark.server

GROUP = "rbac.authorization.k8s.io"
SPACE = "can-apply"
CI = "can-apply-ci@example.com"
READER = "cluster-reader"

Object = dict[str, Any]


def thing(kind: str, name: str, version: str = "v1", namespace: str = SPACE, **fields: Any) -> Object:
    """Return an object."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def rbac(kind: str, name: str, **fields: Any) -> Object:
    """Return a role or a binding in the namespace."""
    return thing(kind, name, f"{GROUP}/v1", **fields)


def rule(verbs: str, resource: str, group: str = "") -> Object:
    """Return a rule."""
    return {"verbs": verbs.split(","), "apiGroups": [group], "resources": [resource]}


def bound(role: str, user: str, name: str = "") -> Object:
    """Return a RoleBinding of a Role to a user."""
    subjects = [{"apiGroup": GROUP, "kind": "User", "name": user}]
    ref = {"apiGroup": GROUP, "kind": "Role", "name": role}
    return rbac("RoleBinding", name or role, roleRef=ref, subjects=subjects)


WORLD = (
    thing("Namespace", SPACE, namespace=""),
    rbac(
        "Role",
        "ci",
        rules=[
            rule("get,create", "configmaps"),
            rule("get,list", "pods"),
            rule("get,create,patch", "roles", GROUP),
            rule("get,create,patch", "rolebindings", GROUP),
        ],
    ),
    bound("ci", CI),
    thing("ConfigMap", "old"),
)


@pytest.fixture
def world(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield the API server with a namespace in which the user of CI can do a little, and read no bindings."""
    assert [] == load(plane, WORLD)
    wait_for_authorizer(plane)
    plane.add_user(CI)
    yield plane
    clear(plane)


def ask(plane: ControlPlane, folder: Path, objects: list[Object], *flags: str, user: str = CI) -> Result:
    """Return the answer about a bundle, to *user*."""
    file = folder / "bundle.yaml"
    file.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    return run("can-apply", str(file), "--kubeconfig", str(plane.kubeconfig(user)), "-o", "json", *flags)


def decisions(result: Result) -> list[str]:
    """Return the decision on each object."""
    return [item["decision"] for item in result.json["items"]]


def test_the_answer_about_yourself_is_complete(world: ControlPlane, tmp_path: Path) -> None:
    """Access reviews and the list of one's own rules take the place of bindings that cannot be read."""
    objects = [
        thing("ConfigMap", "new"),
        thing("ConfigMap", "old"),
        thing("Secret", "new"),
        rbac("Role", "held", rules=[rule("get", "pods")]),
        rbac("Role", "not-held", rules=[rule("get", "secrets")]),
    ]
    done = ask(world, tmp_path, objects)

    assert ["Allowed", "Denied", "Denied", "Allowed", "Denied"] == decisions(done)
    assert 1 == done.status
    assert [rule("get", "secrets")] == done.json["items"][4]["escalation"]["missing"]
    by_admin = ask(world, tmp_path, objects, "--subject", f"user:{CI}", user="admin")
    assert decisions(by_admin) == decisions(done)


def test_a_no_of_the_present_does_not_count_if_the_bundle_grants_it(
    world: ControlPlane, tmp_path: Path
) -> None:
    """Nobody here can read who is bound: the role of the bundle may be bound already."""
    secrets = [rule("get,create", "secrets")]
    may = [rbac("Role", "all", rules=[rule("escalate", "roles", GROUP)]), bound("all", CI)]
    assert [] == load(world, may)
    wait_for_authorizer(world)
    objects = [rbac("Role", "new", rules=secrets), thing("Secret", "s"), thing("ServiceAccount", "a")]

    assert ["Allowed", "Unknown", "Denied"] == decisions(ask(world, tmp_path, objects))


def test_about_somebody_else_it_is_unknown_without_rights(world: ControlPlane, tmp_path: Path) -> None:
    done = ask(world, tmp_path, [thing("ConfigMap", "new")], "--subject", "user:somebody")

    assert (3, ["Unknown"]) == (done.status, decisions(done))
    assert [gap["resource"] for gap in done.json["coverage"]["gaps"]]


def test_only_gets_and_reviews_are_sent(world: ControlPlane, tmp_path: Path) -> None:
    before = world.request("GET", f"/api/v1/namespaces/{SPACE}/configmaps")[1]["metadata"]["resourceVersion"]
    ask(world, tmp_path, [thing("ConfigMap", "new"), thing("Namespace", "can-apply-new", namespace="")])

    assert 404 == world.request("GET", f"/api/v1/namespaces/{SPACE}/configmaps/new")[0]
    assert 404 == world.request("GET", "/api/v1/namespaces/can-apply-new")[0]
    assert before


def test_a_version_that_is_not_served_is_no_kind(world: ControlPlane, tmp_path: Path) -> None:
    done = ask(world, tmp_path, [thing("Deployment", "x", "apps/v1beta1")], user="admin")

    assert ['no matches for kind "Deployment" in version "apps/v1beta1"'] == [
        item["refusal"] for item in done.json["items"]
    ]
    real = kubectl(world, tmp_path, "apply")
    assert 'no matches for kind "Deployment" in version "apps/v1beta1"' in real.stderr


def test_kubectl_goes_on_after_a_refusal(world: ControlPlane, tmp_path: Path) -> None:
    objects = [thing("ConfigMap", "first"), thing("Secret", "second"), thing("ConfigMap", "third")]
    assert ["Allowed", "Denied", "Allowed"] == decisions(ask(world, tmp_path, objects))

    real = kubectl(world, tmp_path, "apply", "-o", "name", user=CI)
    assert (1, ["configmap/first", "configmap/third"]) == (real.returncode, real.stdout.splitlines())


def test_kubectl_knows_a_new_kind_only_when_it_starts_again(world: ControlPlane, tmp_path: Path) -> None:
    """So the note says that the definition has to be applied first."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": schema}]
    names = {"plural": "gizmos", "singular": "gizmo", "kind": "Gizmo", "listKind": "GizmoList"}
    spec = {"group": "can-apply.example.com", "scope": "Namespaced", "names": names, "versions": versions}
    name = "gizmos.can-apply.example.com"
    version = "apiextensions.k8s.io/v1"
    definition = thing("CustomResourceDefinition", name, version, "", spec=spec)
    objects = [definition, thing("Gizmo", "g", "can-apply.example.com/v1")]
    done = ask(world, tmp_path, objects, user="admin")

    assert ["Allowed", "Allowed"] == decisions(done)
    assert [note for note in done.json["notes"] if "so apply its definition first" in note["text"]]
    real = kubectl(world, tmp_path, "apply")
    path = f"/apis/{version}/customresourcedefinitions/{name}"
    world.loaded.append(Loaded("CustomResourceDefinition", "", name, path, None))
    assert 'no matches for kind "Gizmo"' in real.stderr


def kubectl(
    plane: ControlPlane, folder: Path, *words: str, user: str = "admin"
) -> subprocess.CompletedProcess[str]:
    """Run the real kubectl on the bundle."""
    common = ("--kubeconfig", str(plane.kubeconfig(user)), "--cache-dir", str(folder / "cache"))
    command = [str(plane.kubectl), *words, "-f", str(folder / "bundle.yaml"), *common]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_an_unchanged_object_needs_no_patch(world: ControlPlane, tmp_path: Path) -> None:
    """A Deployment has defaults that the manifest lacks; kubectl finds nothing to patch all the same."""
    pod = {"containers": [{"name": "c", "image": "example.com/c", "resources": {"limits": {"cpu": "1"}}}]}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    deployment = thing("Deployment", "d", "apps/v1", spec=spec)
    rights = rbac("Role", "reads", rules=[rule("get", "deployments", "apps")])
    assert [] == load(world, [rights, bound("reads", CI)])
    wait_for_authorizer(world)
    ask(world, tmp_path, [deployment])
    assert 0 == kubectl(world, tmp_path, "apply").returncode

    done = ask(world, tmp_path, [deployment])
    assert ["Allowed"] == decisions(done)
    assert ["get"] == [need["verb"] for need in done.json["items"][0]["needs"]]
    assert "unchanged" in kubectl(world, tmp_path, "apply", user=CI).stdout
    assert ["Denied"] == decisions(ask(world, tmp_path, [deployment], "--by", "server-side"))
