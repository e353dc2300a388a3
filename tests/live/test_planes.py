"""The table of planes on a real API server with the demo's objects."""

from __future__ import annotations

import re

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

EACH = pytest.mark.parametrize("row", TABLE["demo"], ids=title)


@pytest.mark.server
@EACH
def test_the_server_agrees_on_both_planes(row: Row, demo: ControlPlane) -> None:
    """A review with the groups is for kubectl's plane, one with the user alone for Kubeflow's."""
    assert {key: row[key] for key in ("kubectl", "kubeflow")} == verdicts(demo, row)


@pytest.mark.server
@EACH
def test_explain_gives_the_same_answer_on_a_live_cluster(row: Row, demo: ControlPlane) -> None:
    """Everything is read from the server, including the mesh."""
    assert expected(row) == answered_planes(
        run(*explain_arguments(row), "--kubeconfig", str(demo.kubeconfig())).json
    )


@pytest.mark.server
def test_explain_reads_only_the_policies_that_can_matter(demo: ControlPlane) -> None:
    """They are those of the namespace and of the root namespace, each once: a cluster can have thousands."""
    argv = ("explain", "dave@example.com", "create", "notebooks", "-n", "team-a", "-v", "6")
    answer = run(*argv, "--kubeconfig", str(demo.kubeconfig()))

    requests = [line for line in answer.stderr.splitlines() if "authorizationpolicies" in line]
    read = [re.search(r"namespaces/([^/]+)/authorizationpolicies", line) for line in requests]
    assert answer.stdout.splitlines()[-1].startswith("      kubectl ")
    assert ["istio-system", "team-a"] == sorted(match[1] for match in read if match)
    assert 2 == len(requests)
