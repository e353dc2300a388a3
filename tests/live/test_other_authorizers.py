"""An API server with a second authorizer that allows everything, so that RBAC alone does not decide."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load, wait_for_aggregation
from tests.running import Result, run

STRANGER = "stranger@example.com"
BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {"name": "viewers", "namespace": "team"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": STRANGER}],
}

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def generous(kubernetes_version: str) -> Iterator[ControlPlane]:
    """Yield a control plane whose second authorizer allows everything that RBAC does not."""
    with ControlPlane(kubernetes_version, authorizers="RBAC,AlwaysAllow") as plane:
        assert [] == load(plane, [BINDING])
        wait_for_aggregation(plane)
        yield plane


def verified(plane: ControlPlane, *argv: str) -> Result:
    """Return the answer, verified by the server."""
    return run(*argv, "--verify", "--kubeconfig", str(plane.kubeconfig()))


def test_every_disagreement_is_listed(generous: ControlPlane) -> None:
    """If RBAC says no and the server yes, the answer shows both, and the status is 3."""
    done = verified(generous, "access", STRANGER, "-n", "team", "--resource", "pods", "-o", "json")

    (item,) = json.loads(done.stdout)["items"]
    wrong = [line for line in done.stderr.splitlines() if line.startswith("disagreement: ")]
    assert (3, False) == (done.status, item["verified"])
    assert len(item["denied"]) == len(wrong) > 0
    assert (
        f"`user:{STRANGER}` create pods in namespace `team`: RBAC says no, the server says yes" in done.stderr
    )


def test_the_server_agrees_with_what_rbac_grants(generous: ControlPlane) -> None:
    """A yes of RBAC is a yes of the server, with RBAC's reason."""
    done = verified(generous, "explain", STRANGER, "list", "pods", "-n", "team")

    assert 0 == done.status
    assert 'confirmed by the API server: RBAC: allowed by RoleBinding "viewers/team"' in done.stdout


def test_explain_shows_the_other_authorizers_answer(generous: ControlPlane) -> None:
    """If RBAC says no and the server allows it, that is a disagreement."""
    done = verified(generous, "explain", STRANGER, "create", "pods", "-n", "team")

    assert 3 == done.status
    assert done.stdout.startswith("no: ")
    assert "the API server says otherwise" in done.stdout
    assert "disagreement: " in done.stderr
    assert "RBAC says no, the server says yes" in done.stderr


def test_without_verify_the_answer_is_rbacs(generous: ControlPlane) -> None:
    """Computed answers are only about RBAC."""
    done = run(
        "explain", STRANGER, "create", "pods", "-n", "team", "--kubeconfig", str(generous.kubeconfig())
    )

    assert (1, "") == (done.status, "".join(x for x in done.stderr.splitlines() if "disagree" in x))
