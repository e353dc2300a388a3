"""The table of planes on a real API server with Kubeflow 1.10 and the profiles that its controllers made."""

from __future__ import annotations

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.kubeflow.planes.test_comparison import (
    TABLE,
    Row,
    answered_planes,
    expected,
    explain_arguments,
    title,
)
from tests.live.planes import verdicts
from tests.running import run

EACH = pytest.mark.parametrize("row", TABLE["release"], ids=title)


@pytest.mark.server
@EACH
def test_the_server_agrees_on_both_planes(row: Row, release: ControlPlane) -> None:
    """A review with the groups is for kubectl's plane, one with the user alone for Kubeflow's."""
    assert {key: row[key] for key in ("kubectl", "kubeflow")} == verdicts(release, row)


@pytest.mark.server
@EACH
def test_explain_gives_the_same_answer_on_a_live_cluster(row: Row, release: ControlPlane) -> None:
    """Everything is read from the server, including the mesh."""
    assert expected(row) == answered_planes(
        run(*explain_arguments(row), "--kubeconfig", str(release.kubeconfig())).json
    )
