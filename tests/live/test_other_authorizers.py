"""An API server with a second authorizer that says yes to everything: RBAC is not the whole truth there."""

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
    """A control plane whose second authorizer allows everything that RBAC does not."""
    with ControlPlane(kubernetes_version, authorizers="RBAC,AlwaysAllow") as plane:
        assert [] == load(plane, [BINDING])
        wait_for_aggregation(plane)
        yield plane


def asked(plane: ControlPlane, *argv: str) -> Result:
    """The answer, verified by the server."""
    return run(*argv, "--verify", "--kubeconfig", str(plane.kubeconfig()))


def test_every_disagreement_is_listed(generous: ControlPlane) -> None:
    """Where RBAC says no and the server yes, both stand there, and the status is 3."""
    done = asked(generous, "access", STRANGER, "-n", "team", "--resource", "pods", "-o", "json")

    (item,) = json.loads(done.stdout)["items"]
    wrong = [line for line in done.stderr.splitlines() if line.startswith("disagreement: ")]
    assert (3, False) == (done.status, item["verified"])
    assert len(item["denied"]) == len(wrong) > 0
    assert (
        f"`user:{STRANGER}` create pods in namespace `team`: RBAC says no, the server says yes" in done.stderr
    )


def test_what_rbac_grants_is_agreed(generous: ControlPlane) -> None:
    """A yes of RBAC is the server's yes, with RBAC's reason."""
    done = asked(generous, "explain", STRANGER, "list", "pods", "-n", "team")

    assert 0 == done.status
    assert '(the server says so: RBAC: allowed by RoleBinding "viewers/team"' in done.stdout


def test_explain_shows_the_other_authorizers_word(generous: ControlPlane) -> None:
    """A no of RBAC that the server overrules is a disagreement, with the fixes that RBAC would need."""
    done = asked(generous, "explain", STRANGER, "create", "pods", "-n", "team")

    assert 3 == done.status
    assert done.stdout.startswith("no: ")
    assert "(the server says otherwise)" in done.stdout
    assert "disagreement: " in done.stderr
    assert "RBAC says no, the server says yes" in done.stderr


def test_without_verify_the_answer_is_rbacs(generous: ControlPlane) -> None:
    """Static answers speak of RBAC alone."""
    done = run(
        "explain", STRANGER, "create", "pods", "-n", "team", "--kubeconfig", str(generous.kubeconfig())
    )

    assert (1, "") == (done.status, "".join(x for x in done.stderr.splitlines() if "disagree" in x))
