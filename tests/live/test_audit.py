"""`audit --verify`: the server is asked what each way needs, and a sample of what tenants are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load, wait_for_aggregation
from tests.running import REPOSITORY, Result, run

DEMO = REPOSITORY / "kubectl_kfaccess" / "sources" / "demo"
CHAIN = REPOSITORY / "examples" / "opening.yaml"

pytestmark = pytest.mark.server


def objects(*files: Path) -> list[dict[str, Any]]:
    """Return the objects in *files*."""
    return [each for file in files for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each]


def verified(plane: ControlPlane, *words: str) -> Result:
    """Return the audit, verified by the server."""
    return run("audit", "--verify", *words, "-o", "json", "--kubeconfig", str(plane.kubeconfig("admin")))


@pytest.fixture(scope="module")
def chain(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield a real server with the demo, and a binding that opens team-b to team-c."""
    assert [] == load(plane, objects(*sorted(DEMO.glob("*.yaml")), CHAIN), replace=True)
    wait_for_aggregation(plane)
    yield plane
    clear(plane)


@pytest.fixture(scope="module")
def generous(kubernetes_version: str) -> Iterator[ControlPlane]:
    """Yield a server whose second authorizer allows everything that RBAC does not."""
    with ControlPlane(kubernetes_version, authorizers="RBAC,AlwaysAllow") as plane:
        assert [] == load(plane, objects(*sorted(DEMO.glob("*.yaml"))))
        wait_for_aggregation(plane)
        yield plane


def test_the_server_allows_what_each_way_needs(chain: ControlPlane) -> None:
    """And refuses what RBAC refuses across tenants."""
    done = verified(chain)

    (note,) = [note for note in done.notes if note.startswith("verified: ")]
    needs, refusals = (int(word) for word in re.findall(r"(\d+) (?:needs|refusals)", note))
    assert (
        needs == 3
    )  # a binding of each direct way, and the first step of the other: the second needs nothing
    assert refusals >= 50
    assert "0 disagree, 0 not answered" in note
    assert (1, []) == (done.status, [line for line in done.stderr.splitlines() if "disagreement" in line])


def test_a_refusal_that_the_server_allows_makes_the_verdict_unknown(generous: ControlPlane) -> None:
    """Whatever RBAC says, something else than RBAC lets tenants in."""
    before = run("audit", "team-b", "team-c", "-o", "json", "--kubeconfig", str(generous.kubeconfig("admin")))
    done = verified(generous, "team-b", "team-c", "--finding", "isolation-*")

    assert {"nothingCrosses"} == {tenant["verdict"] for tenant in before.json["tenants"]}
    assert {"unknown"} == {tenant["verdict"] for tenant in done.json["tenants"]}
    assert 3 == done.status
    assert "RBAC says no, the server says yes" in done.stderr
