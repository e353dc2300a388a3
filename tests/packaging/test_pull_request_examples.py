"""The examples for pull requests, run as far as no service is needed: builds pass and fail as they should."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane
from tests.running import REPOSITORY, run

FOLDER = REPOSITORY / "examples" / "pull-request"
GROUP = "rbac.authorization.k8s.io"
DEPLOYS = ("deploy", "ci")
OF_SERVICES = ("gh ", "pip ")
"""What begins a command that needs a service: it is left out."""

pytestmark = pytest.mark.server


def binding(name: str, role: str, *users: str) -> dict[str, Any]:
    """Return a RoleBinding in team-a."""
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": "team-a"},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": GROUP, "kind": "User", "name": user} for user in users],
    }


def commands(name: str) -> list[str]:
    """Return the commands of an example that need no service, in their order."""
    document = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    if name.startswith("github"):
        steps = [step["run"] for step in document["jobs"]["changes"]["steps"] if "run" in step]
        return [text for text in steps if not any(word in text for word in OF_SERVICES)]
    return [*document["build"]["script"], "\n".join(document["changes"]["script"])]


def build(name: str, folder: Path, plane: ControlPlane) -> tuple[bool, str]:
    """Run an example on a checkout, each command also after a failure; return whether all ended with 0."""
    path = f"{plane.kubectl.parent}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    passes, output = True, ""
    for command in commands(name):
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", command],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={"PATH": path, "HOME": str(folder)},
        )
        passes, output = passes and done.returncode == 0, output + done.stdout + done.stderr
    return passes, output


def checkout(folder: Path, *objects: dict[str, Any], accept: str = "accept: []") -> Path:
    """Create a repository with manifests that kustomize builds, and last night's snapshot of the demo."""
    overlay = folder / "overlays" / "production"
    overlay.mkdir(parents=True)
    (overlay / "access.yaml").write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    (overlay / "kustomization.yaml").write_text(
        "resources: [access.yaml]\nbuildMetadata: [originAnnotations]\n", encoding="utf-8"
    )
    (folder / "access").mkdir()
    (folder / "access" / "accept.yaml").write_text(accept, encoding="utf-8")
    deployer = folder / "deployer.yaml"
    account = {"kind": "ServiceAccount", "name": DEPLOYS[1], "namespace": DEPLOYS[0]}
    admin = binding("deployer", "cluster-admin")
    admin["metadata"].pop("namespace")
    deployer.write_text(yaml.safe_dump({**admin, "kind": "ClusterRoleBinding", "subjects": [account]}))
    done = run("snapshot", "cluster.json.gz", "--demo", "--with", str(deployer), cwd=folder)
    assert 0 == done.status, done.stderr
    return folder


EACH = pytest.mark.parametrize("name", sorted(file.name for file in FOLDER.glob("*.yaml")))


@EACH
def test_a_harmless_change_passes(name: str, plane: ControlPlane, tmp_path: Path) -> None:
    """Somebody gains access, which is reported with the file of the repository."""
    folder = checkout(tmp_path, binding("new", "kubeflow-view", "zoe@example.com"))
    passes, output = build(name, folder, plane)

    assert passes, output
    file = "access.sarif" if name.startswith("github") else "access.json"
    assert "overlays/production/access.yaml" in json.dumps(json.loads((folder / file).read_text())) or (
        '"access.yaml"' in (folder / file).read_text()
    )
    if name.startswith("github"):
        assert (folder / "comment.md").read_text().startswith("<!-- kfaccess diff -->")


@EACH
def test_access_to_another_tenant_fails(name: str, plane: ControlPlane, tmp_path: Path) -> None:
    """Bob owns team-b; once it is expected, the build passes."""
    new = binding("new", "kubeflow-view", "bob@example.com")
    passes, _ = build(name, checkout(tmp_path / "first", new), plane)
    assert not passes

    accept = "accept: [{gained: ['*'], subject: bob@example.com, namespace: team-a, reason: they merge}]"
    passes, output = build(name, checkout(tmp_path / "second", new, accept=accept), plane)
    assert passes, output


@EACH
def test_lost_access_fails(name: str, plane: ControlPlane, tmp_path: Path) -> None:
    """The subjects of a binding are replaced."""
    changed = binding("user-dave-example-com-clusterrole-edit", "kubeflow-edit", "zoe@example.com")
    passes, output = build(name, checkout(tmp_path, changed), plane)

    assert not passes
    assert "dave@example.com" in output


@EACH
def test_what_the_account_cannot_apply_fails(name: str, plane: ControlPlane, tmp_path: Path) -> None:
    """The namespace of the object does not exist."""
    elsewhere = binding("new", "kubeflow-view", "zoe@example.com")
    elsewhere["metadata"]["namespace"] = "nowhere"
    passes, output = build(name, checkout(tmp_path, elsewhere), plane)

    assert not passes
    assert "nowhere" in output
