"""The examples for CI, run against the real API server: a build passes and fails as it should."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load
from tests.packaging.test_recipes import EXAMPLES
from tests.running import REPOSITORY

PERMISSIONS = REPOSITORY / "examples" / "permissions" / "clusterrole.yaml"
REVIEWS = (REPOSITORY / "examples" / "reviews.yaml").read_text(encoding="utf-8")
Jobs = dict[str, Any]
pytestmark = pytest.mark.server


def of_github(jobs: Jobs) -> list[tuple[bool, str]]:
    """Return a workflow's commands that run the program, and whether each also runs after a failure."""
    steps = jobs["jobs"]["access"]["steps"]
    return [
        ("cancelled" in str(step.get("if")), step["run"])
        for step in steps
        if "kubectl-kfaccess " in step.get("run", "")
    ]


def of_gitlab(jobs: Jobs) -> list[tuple[bool, str]]:
    """Return the script of a job, which runs in one shell."""
    return [(False, "\n".join(jobs["access"]["script"]))]


def build(file: Path, folder: Path, kubeconfig: Path) -> tuple[bool, str]:
    """Run an example as its service would, and return whether the build passes, and what it prints."""
    read: Callable[[Jobs], list[tuple[bool, str]]] = (
        of_github if file.name.startswith("github") else of_gitlab
    )
    commands = read(yaml.safe_load(file.read_text(encoding="utf-8")))
    assert commands
    passes, output = True, ""
    for always, command in commands:
        if passes or always:
            done = step(command, folder, kubeconfig)
            passes, output = passes and done.returncode == 0, output + done.stdout + done.stderr
    return passes, output


def step(command: str, folder: Path, kubeconfig: Path) -> subprocess.CompletedProcess[str]:
    """Run one step of a build in a shell that ends at the first failure."""
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "KUBECONFIG": str(kubeconfig),
        },
    )


@pytest.fixture(scope="module")
def reader(demo: ControlPlane) -> Path:
    """Return the kubeconfig of a build, whose user has the permissions of the example."""
    objects = list(yaml.safe_load_all(PERMISSIONS.read_text(encoding="utf-8")))
    assert [] == load(demo, objects, replace=True)
    return demo.add_user("build@example.com", ("kfaccess-readers",))


def checkout(folder: Path, reviews: str) -> Path:
    """Create a repository with its expectations where the examples look for them, and return its path."""
    (folder / "access").mkdir()
    (folder / "access" / "reviews.yaml").write_text(reviews, encoding="utf-8")
    return folder


EACH = pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)


@EACH
def test_a_build_passes_when_all_is_as_expected(file: Path, reader: Path, tmp_path: Path) -> None:
    """Both commands end with 0, and the service can show the report."""
    passes, output = build(file, checkout(tmp_path, REVIEWS), reader)

    assert passes, output
    assert "<testsuite" in (tmp_path / "reviews.xml").read_text(encoding="utf-8")


@EACH
def test_a_build_fails_when_an_expectation_is_not_met(file: Path, reader: Path, tmp_path: Path) -> None:
    """The report names it; the other command still runs."""
    assert REVIEWS.count("allowed: true")
    passes, output = build(
        file, checkout(tmp_path, REVIEWS.replace("allowed: true", "allowed: false")), reader
    )

    assert not passes
    assert "<failure" in (tmp_path / "reviews.xml").read_text(encoding="utf-8")
    assert "Kubeflow Pipelines 2.14.4, multi-user" in output


@EACH
def test_a_build_fails_when_pipelines_lack_what_they_need(
    file: Path, demo: ControlPlane, reader: Path, tmp_path: Path
) -> None:
    """We delete the binding of a team's editor, which runs its pipelines; all reviews are as expected."""
    binding = "/apis/rbac.authorization.k8s.io/v1/namespaces/team-b/rolebindings/default-editor"
    status, before = demo.request("GET", binding)
    assert 200 == status
    assert 200 == demo.request("DELETE", binding)[0]
    try:
        passes, output = build(file, checkout(tmp_path, REVIEWS), reader)
    finally:
        assert [] == load(demo, [before])

    assert not passes
    assert "<failure" not in (tmp_path / "reviews.xml").read_text(encoding="utf-8")
    assert "team-b" in output


@EACH
def test_a_build_fails_when_the_cluster_cannot_be_asked(file: Path, tmp_path: Path) -> None:
    """Without an answer, the build cannot pass."""
    passes, output = build(file, checkout(tmp_path, REVIEWS), tmp_path / "missing")

    assert not passes
    assert "error: " in output
