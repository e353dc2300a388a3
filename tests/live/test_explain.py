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
    """Compare an answer with what was worked out by hand."""
    grants = {grant["binding"]["name"]: grant["paths"] for grant in answer["grants"]}
    assert case["decision"] == answer["decision"]
    if "binding" in case:
        assert case["binding"] in grants
        assert case.get("path", grants[case["binding"]][0]) in grants[case["binding"]]
    assert set(case.get("misses", ())) <= {miss["miss"] for miss in answer["nearMisses"]}


@EACH
def test_the_answer_from_files_is_what_was_worked_out_by_hand(case: Case) -> None:
    """The decision, the binding and path that grant it, and the near misses."""
    answer = run("explain", *shlex.split(case["ask"]), "--demo", "-o", "json")

    assert STATUS[case["decision"]] == answer.status
    check(case, answer.json)


@pytest.mark.server
@EACH
def test_a_real_server_gives_the_same_answer(case: Case, demo: ControlPlane) -> None:
    """With `--verify` the server itself is asked, and it agrees with the rules."""
    flags = ("--verify", "--kubeconfig", str(demo.kubeconfig()))
    answer = run("explain", *shlex.split(case["ask"]), *flags, "-o", "json")

    assert STATUS[case["decision"]] == answer.status, answer.stderr
    check(case, answer.json)
    # Kubeflow's own services cannot ask about a group
    expected = (
        None if case["ask"].startswith("group:") and answer.json["items"][0]["via"] == "kubeflow" else True
    )
    assert expected == answer.json["items"][0]["verified"]


@EACH
def test_a_chain_is_complete(case: Case, tmp_path: Path) -> None:
    """Without any of the listed bindings the answer is no, and with each of them alone it is yes."""
    question = shlex.split(case["ask"])
    grants = run("explain", *question, "--demo", "-o", "json").json["grants"]
    references = {tuple(grant["binding"].values()) for grant in grants}

    def without(gone: set[tuple[Any, ...]]) -> str:
        kept = [manifest for manifest in demo_objects() if reference(manifest) not in gone]
        file = tmp_path / "world.yaml"
        file.write_text(yaml.safe_dump_all(kept))
        return str(run("explain", *question, "-f", str(file), "-o", "json").json["decision"])

    if references and "system:masters" not in question:  # another authorizer allows that group everything
        assert "Denied" == without(references)
        assert {"Allowed"} == {without(references - {kept}) for kept in references}


def reference(manifest: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return an object's kind, namespace and name."""
    return manifest["kind"], manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"]


@pytest.mark.server
def test_a_real_server_says_what_it_does_not_serve(demo: ControlPlane) -> None:
    """Seldon is in the catalogue, and not in the demo: a fix would turn 403 into 404."""
    flags = ("-n", "team-a", "--kubeconfig", str(demo.kubeconfig()))

    unserved = run(
        "explain", "ivan@example.com", "create", "seldondeployments.machinelearning.seldon.io", *flags
    )
    served = run("explain", "ivan@example.com", "create", "inferenceservices.serving.kserve.io", *flags)

    assert "no API serves `seldondeployments.machinelearning.seldon.io`" in unserved.stdout
    assert (1, [], 1) == (unserved.status, _fixes(unserved.lines), len(_fixes(served.lines)))


def _fixes(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("fix ")]


@pytest.mark.server
def test_a_real_server_answers_an_error_of_the_mesh(demo: ControlPlane) -> None:
    """As the demo's files do; without SUBJECT it is about the caller, who cannot read policies here."""
    words = ("--from-error", "RBAC: access denied", "-n", "team-a")
    flags = ("--kubeconfig", str(demo.kubeconfig()))

    grace = run("explain", "grace@example.com", *words, *flags)
    myself = run("explain", *words, *flags, "--as", "alice@example.com")

    assert run("explain", "grace@example.com", *words, "--demo").lines == grace.lines
    assert (1, 3) == (grace.status, myself.status)
    assert "cannot tell whether the mesh lets alice@example.com reach the workloads" in myself.lines[0]
    assert "the policies of `team-a` could not be read: forbidden to `alice@example.com`" in myself.stdout
