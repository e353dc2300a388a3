"""The steps that `diff` shows, beside the server's answers before and after the change is made."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands.test_diff_steps import ALICE, BOB, by_steps, pipelines_of_team_b
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load
from tests.running import run
from tests.truth.arena import wait_for_authorizer
from tests.truth.asking import Spec, ask

NEW = (
    pipelines_of_team_b(),
    {**pipelines_of_team_b("kubeflow-view"), "metadata": {"name": "for-viewers", "namespace": "team-c"}},
)


@pytest.mark.server
@pytest.mark.parametrize("new", NEW, ids=["edit", "view"])
def test_each_way_is_open_after_the_change_and_not_before(
    new: dict[str, Any], demo: ControlPlane, tmp_path: Path
) -> None:
    """
    Every need of a step is allowed to who takes it, and the last identity is allowed to read in the tenant.

    Before the change, somebody on the way is refused.
    """
    file = tmp_path / "new.yaml"
    file.write_text(yaml.safe_dump(new), encoding="utf-8")
    kubeconfig = ("--kubeconfig", str(demo.kubeconfig()))
    ways = by_steps(run("diff", "-f", str(file), *kubeconfig, "-o", "json"))
    assert {BOB, ALICE} <= ways.keys()

    specs = {who: [*_specs(item)] for who, item in ways.items() if item["proved"]}
    before = _allowed(demo, specs)
    assert [] == load(demo, [new])
    wait_for_authorizer(demo)
    try:
        after = _allowed(demo, specs)
        again = by_steps(run("diff", "-f", str(file), *kubeconfig, "-o", "json"))
    finally:
        _delete(demo, new)

    assert {who: [True] * len(each) for who, each in specs.items()} == after
    assert dict.fromkeys(specs, False) == {who: all(each) for who, each in before.items()}
    assert {} == again


def _specs(item: dict[str, Any]) -> Iterable[Spec]:
    """Yield the requests of a way: the needs of each step, and reading in the tenant as the last identity."""
    for step in item["steps"]:
        for need in step["needs"]:
            yield {**_asker(step["from"]), "resourceAttributes": need}
    (place,) = item["who"][0]["namespaces"]
    get = {"verb": "get", "group": "kubeflow.org", "resource": "notebooks", "namespace": place}
    yield {**_asker(item["steps"][-1]["to"]), "resourceAttributes": get}


def _asker(subject: dict[str, str]) -> dict[str, Any]:
    if subject["kind"] != "ServiceAccount":
        return {"user": subject["name"], "groups": ["system:authenticated"]}
    namespace = subject["namespace"]
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"]
    return {"user": f"system:serviceaccount:{namespace}:{subject['name']}", "groups": groups}


def _allowed(plane: ControlPlane, specs: dict[str, list[Spec]]) -> dict[str, list[bool]]:
    return {who: [bool(answer.allowed) for answer in ask(plane, each)] for who, each in specs.items()}


def _delete(plane: ControlPlane, binding: dict[str, Any]) -> None:
    metadata = binding["metadata"]
    path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{metadata['namespace']}/rolebindings"
    plane.request("DELETE", f"{path}/{metadata['name']}")
    wait_for_authorizer(plane)
