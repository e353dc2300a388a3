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
    """The commands of a workflow that run the program, each with whether it is run after a failure, too."""
    steps = jobs["jobs"]["access"]["steps"]
    return [
        ("cancelled" in str(step.get("if")), step["run"])
        for step in steps
        if "kubectl-kfaccess " in step.get("run", "")
    ]


def of_gitlab(jobs: Jobs) -> list[tuple[bool, str]]:
    """The script of a job, which is one shell's."""
    return [(False, "\n".join(jobs["access"]["script"]))]


def build(file: Path, folder: Path, kubeconfig: Path) -> tuple[bool, str]:
    """Whether a build passes by an example, run as its service runs it, and what it prints."""
    read: Callable[[Jobs], list[tuple[bool, str]]] = (
        of_github if file.name.startswith("github") else of_gitlab
    )
    commands = read(yaml.safe_load(file.read_text(encoding="utf-8")))
    assert commands
    passes, said = True, ""
    for always, command in commands:
        if passes or always:
            done = step(command, folder, kubeconfig)
            passes, said = passes and done.returncode == 0, said + done.stdout + done.stderr
    return passes, said


def step(command: str, folder: Path, kubeconfig: Path) -> subprocess.CompletedProcess[str]:
    """One step of a build: a shell that ends at the first failure."""
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
    """The kubeconfig of a build: its user has the permissions of the example, beside the demo cluster."""
    objects = list(yaml.safe_load_all(PERMISSIONS.read_text(encoding="utf-8")))
    assert [] == load(demo, objects, replace=True)
    return demo.add_user("build@example.com", ("kfaccess-readers",))


def checkout(folder: Path, reviews: str) -> Path:
    """A repository with its expectations where the examples look for them."""
    (folder / "access").mkdir()
    (folder / "access" / "reviews.yaml").write_text(reviews, encoding="utf-8")
    return folder


EACH = pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)


@EACH
def test_a_build_passes_when_all_is_as_expected(file: Path, reader: Path, tmp_path: Path) -> None:
    """Both commands end with 0, and the report is there for the service to show."""
    passes, said = build(file, checkout(tmp_path, REVIEWS), reader)

    assert passes, said
    assert "<testsuite" in (tmp_path / "reviews.xml").read_text(encoding="utf-8")


@EACH
def test_a_build_fails_when_an_expectation_is_not_met(file: Path, reader: Path, tmp_path: Path) -> None:
    """The report says which; the other command runs all the same."""
    assert REVIEWS.count("allowed: true")
    passes, said = build(file, checkout(tmp_path, REVIEWS.replace("allowed: true", "allowed: false")), reader)

    assert not passes
    assert "<failure" in (tmp_path / "reviews.xml").read_text(encoding="utf-8")
    assert "Deployment `kubeflow/ml-pipeline`" in said


@EACH
def test_a_build_fails_when_pipelines_lack_what_they_need(
    file: Path, demo: ControlPlane, reader: Path, tmp_path: Path
) -> None:
    """The binding of a team's editor is gone, as whom its pipelines run; all reviews are as expected."""
    binding = "/apis/rbac.authorization.k8s.io/v1/namespaces/team-b/rolebindings/default-editor"
    status, before = demo.request("GET", binding)
    assert 200 == status
    assert 200 == demo.request("DELETE", binding)[0]
    try:
        passes, said = build(file, checkout(tmp_path, REVIEWS), reader)
    finally:
        assert [] == load(demo, [before])

    assert not passes
    assert "<failure" not in (tmp_path / "reviews.xml").read_text(encoding="utf-8")
    assert "team-b" in said


@EACH
def test_a_build_fails_when_the_cluster_cannot_be_asked(file: Path, tmp_path: Path) -> None:
    """Not knowing is no success."""
    passes, said = build(file, checkout(tmp_path, REVIEWS), tmp_path / "missing")

    assert not passes
    assert "error: " in said
