"""The table of planes on a real API server with the demo's objects."""

from __future__ import annotations

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.kubeflow.planes.test_comparison import TABLE, Row, asked, expected, title, told
from tests.live.planes import verdicts
from tests.running import run

EACH = pytest.mark.parametrize("row", TABLE["demo"], ids=title)


@pytest.mark.server
@EACH
def test_the_server_agrees_on_both_planes(row: Row, demo: ControlPlane) -> None:
    """kubectl's by a review with the groups, Kubeflow's by one with the user alone."""
    assert {key: row[key] for key in ("kubectl", "kubeflow")} == verdicts(demo, row)


@pytest.mark.server
@EACH
def test_explain_tells_the_same_of_a_live_cluster(row: Row, demo: ControlPlane) -> None:
    """Read from the server, mesh included."""
    assert expected(row) == told(run(*asked(row), "--kubeconfig", str(demo.kubeconfig())).json)


@pytest.mark.server
def test_the_planes_cost_no_further_request(demo: ControlPlane) -> None:
    """Every list that is read for an explanation is read once."""
    argv = ("explain", "dave@example.com", "create", "notebooks", "-n", "team-a", "-v", "6")
    answer = run(*argv, "--kubeconfig", str(demo.kubeconfig()))

    lists = [line for line in answer.stderr.splitlines() if "authorizationpolicies" in line]
    assert answer.stdout.splitlines()[-1].startswith("planes: ")
    assert 1 == len(lists)
