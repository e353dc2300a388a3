"""The table of planes on a real API server with Kubeflow 1.10 and the profiles that its controllers made."""

from __future__ import annotations

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.kubeflow.planes.test_comparison import TABLE, Row, asked, expected, title, told
from tests.live.planes import verdicts
from tests.running import run

EACH = pytest.mark.parametrize("row", TABLE["release"], ids=title)


@pytest.mark.server
@EACH
def test_the_server_agrees_on_both_planes(row: Row, release: ControlPlane) -> None:
    """kubectl's by a review with the groups, Kubeflow's by one with the user alone."""
    assert {key: row[key] for key in ("kubectl", "kubeflow")} == verdicts(release, row)


@pytest.mark.server
@EACH
def test_explain_tells_the_same_of_a_live_cluster(row: Row, release: ControlPlane) -> None:
    """Read from the server, mesh included."""
    assert expected(row) == told(run(*asked(row), "--kubeconfig", str(release.kubeconfig())).json)
