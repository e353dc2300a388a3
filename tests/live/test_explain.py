"""`explain` about the demo cluster: decisions, chains and near misses, from files and on a real server."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane
from tests.live.conftest import demo_objects
from tests.running import run

Case = Mapping[str, Any]
CASES: list[Case] = yaml.safe_load(Path(__file__).with_name("explain_cases.yaml").read_text())["cases"]
EACH = pytest.mark.parametrize("case", CASES, ids=[case["ask"] for case in CASES])
STATUS = {"Allowed": 0, "Denied": 1}


def check(case: Case, answer: Mapping[str, Any]) -> None:
    """Hold an answer against what was worked out by hand."""
    grants = {grant["binding"]["name"]: grant["paths"] for grant in answer["grants"]}
    assert case["decision"] == answer["decision"]
    if "binding" in case:
        assert case["binding"] in grants
        assert case.get("path", grants[case["binding"]][0]) in grants[case["binding"]]
    assert set(case.get("misses", ())) <= {miss["miss"] for miss in answer["nearMisses"]}


@EACH
def test_the_files_say_what_was_worked_out_by_hand(case: Case) -> None:
    """The decision, the binding and path that grant it, and what comes near."""
    answer = run("explain", *shlex.split(case["ask"]), "--demo", "-o", "json")

    assert STATUS[case["decision"]] == answer.status
    check(case, answer.json)


@pytest.mark.server
@EACH
def test_a_real_server_says_the_same_and_agrees(case: Case, demo: ControlPlane) -> None:
    """With `--verify` the server is asked itself, and says what the rules say."""
    flags = ("--verify", "--kubeconfig", str(demo.kubeconfig()))
    answer = run("explain", *shlex.split(case["ask"]), *flags, "-o", "json")

    assert STATUS[case["decision"]] == answer.status, answer.stderr
    check(case, answer.json)
    # a group is nobody that Kubeflow's own services could ask about
    expected = (
        None if case["ask"].startswith("group:") and answer.json["items"][0]["via"] == "kubeflow" else True
    )
    assert expected == answer.json["items"][0]["verified"]


@EACH
def test_a_chain_is_complete(case: Case, tmp_path: Path) -> None:
    """Without all the bindings that are told the answer is no, and by each of them alone it is yes."""
    asked = shlex.split(case["ask"])
    told = run("explain", *asked, "--demo", "-o", "json").json["grants"]
    references = {tuple(grant["binding"].values()) for grant in told}

    def without(gone: set[tuple[Any, ...]]) -> str:
        kept = [one for one in demo_objects() if reference(one) not in gone]
        file = tmp_path / "world.yaml"
        file.write_text(yaml.safe_dump_all(kept))
        return str(run("explain", *asked, "-f", str(file), "-o", "json").json["decision"])

    if references and "system:masters" not in asked:  # whom an authorizer of its own allows everything
        assert "Denied" == without(references)
        assert {"Allowed"} == {without(references - {one}) for one in references}


def reference(found: Mapping[str, Any]) -> tuple[str, str, str]:
    """An object's kind, namespace and name."""
    return found["kind"], found["metadata"].get("namespace", ""), found["metadata"]["name"]
