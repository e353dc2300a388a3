"""Personas on a Kubeflow release: their decisions are the server's about somebody who is bound so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane
from tests.live.test_access import SUBJECTS, Point, points, servers
from tests.running import run

MEMBERS = {
    "profile-owner": "owner",
    "contributor-edit": "edit contributor",
    "contributor-view": "view contributor",
    "default-editor": "default-editor",
    "default-viewer": "default-viewer",
    "pipeline-runner": "default-editor",
}
"""The persona, and the subject of the release that is bound so in the profile `alice`."""


def cells(document: dict[str, Any], namespace: str) -> dict[Point, str]:
    """Return the answers in one namespace, as if that were `alice`."""
    return {("alice", *point[1:]): word for point, word in points(document) if point[0] == namespace}


@pytest.mark.server
@pytest.mark.parametrize("persona", MEMBERS)
def test_in_a_profile_the_answers_are_the_servers_about_a_member(release: ControlPlane, persona: str) -> None:
    """With one profile chosen and with all of them, every cell is what the server says of the member."""
    flags = ("-a", "-o", "json", "--kubeconfig", str(release.kubeconfig()))
    chosen = cells(run("access", persona, "-n", "alice", *flags).json, "alice")
    in_each = cells(run("access", persona, *flags).json, "alice")

    assert servers(release, SUBJECTS[MEMBERS[persona]], list(chosen)) == chosen == in_each
    assert "allowed" in chosen.values()


@pytest.mark.server
@pytest.mark.parametrize("persona", MEMBERS)
def test_in_files_that_bind_nobody_the_answers_are_those_of_a_real_profile(
    release: ControlPlane, corpus: Path, tmp_path: Path, persona: str
) -> None:
    """Kubeflow's own controllers made the profile `alice`; the one that stands for any is like it."""
    manifests = yaml.load_all((corpus / "kubeflow-v1.10-rbac.yaml").read_text(), yaml.CSafeLoader)
    build = tmp_path / "build.yaml"
    build.write_text(
        yaml.dump_all([m for m in manifests if m and not _is_of_profile(m)], Dumper=yaml.CSafeDumper)
    )
    answers = cells(run("access", persona, "-a", "-f", str(build), "-o", "json").json, "any-profile")

    assert servers(release, SUBJECTS[MEMBERS[persona]], list(answers)) == answers
    assert "allowed" in answers.values()


def _is_of_profile(manifest: dict[str, Any]) -> bool:
    """Whether it is the release's example profile, or in its namespace."""
    return manifest["kind"] == "Profile" or manifest["metadata"].get("namespace", "").startswith(
        "kubeflow-user"
    )


@pytest.mark.server
def test_nobody_on_the_server_is_a_contributor_in_general(release: ControlPlane) -> None:
    """So `--verify` cannot be answered for one, and says why."""
    flags = ("-n", "alice", "--verify", "--kubeconfig", str(release.kubeconfig()))
    answer = run("access", "contributor-edit", *flags)

    assert 3 == answer.status
    assert "not verified: no server knows somebody who only stands for a persona" in answer.notes


@pytest.mark.server
def test_accounts_of_every_profile_are_verified(release: ControlPlane) -> None:
    """The server is asked about another account in each namespace."""
    flags = ("--verify", "--kubeconfig", str(release.kubeconfig()))
    answer = run("access", "default-editor", *flags)

    assert 0 == answer.status
    assert any(note.endswith("0 disagree, 0 not answered") for note in answer.notes)
