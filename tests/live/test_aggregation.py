"""Aggregation on real releases, from files and on a server whose controller runs or does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.aggregation import CLUSTER_ROLES
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, crds_from_list, load, wait_for_aggregation
from tests.running import NOWHERE, Result, run

Found = dict[str, Any]

EXPECTED: dict[str, list[dict[str, str]]] = yaml.safe_load(
    Path(__file__).with_name("aggregation_findings.yaml").read_text(encoding="utf-8")
)
TO_EDIT = "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit"
KSERVE = "kubeflow-kserve-edit"
EDIT = "kubeflow-edit"


@pytest.mark.parametrize("name", EXPECTED)
def test_a_release_in_files_has_upstreams_defects_and_no_other(
    name: str, corpus: Path, tmp_path: Path
) -> None:
    """Each is a warning, and its reason is upstream's."""
    file = tmp_path / "release.yaml"
    file.write_text(yaml.dump_all(objects_of(corpus, name), Dumper=yaml.CSafeDumper))

    answer = run("aggregation", "-f", str(file), "-o", "json").json

    assert expected(name) == told(answer, name)
    assert {"warning"} >= {one["severity"] for one in answer["findings"]}


@pytest.mark.server
@pytest.mark.parametrize("name", EXPECTED)
def test_a_release_on_a_server_has_upstreams_defects_and_no_other(
    name: str, corpus: Path, plane: ControlPlane, tmp_path: Path
) -> None:
    """The controller has done its work: nothing is pending, and what the server serves changes nothing."""
    refused = load(plane, objects_of(corpus, name))
    wait_for_aggregation(plane)
    try:
        answer = ask(plane, tmp_path, "-o", "json").json
    finally:
        clear(plane)

    assert [] == refused
    assert expected(name) == told(answer, name)


VERDICT = "each has the rules of all roles that its selectors select"


@pytest.mark.server
def test_rules_of_a_role_that_selects_nothing_stay_in_force_on_a_server(
    plane: ControlPlane, tmp_path: Path
) -> None:
    """The controller removes what it wrote, and leaves what an installer wrote."""
    hand_written = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "selects-nobody"},
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "selects-nobody"}}]},
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}],
    }
    refused = load(plane, [hand_written])
    wait_for_aggregation(plane)
    try:
        stored = role(plane, "selects-nobody")["rules"]
        answer = ask(plane, tmp_path, "selects-nobody", "-o", "json").json
    finally:
        clear(plane)

    (finding,) = answer["findings"]
    assert ([], hand_written["rules"]) == (refused, stored)
    assert "aggregation-selects-nothing" == finding["id"]
    assert "its own rules stay in force: `get` on `secrets`" in finding["message"]
    assert [(["selects-nobody"], 1)] == [(item["path"], item["rules"]) for item in answer["items"]]


def expected(name: str) -> list[tuple[str, str, str]]:
    """The findings of a release, as its list has them."""
    return sorted((one["id"], one["role"], one["says"]) for one in EXPECTED[name])


def told(answer: Found, name: str) -> list[tuple[str, str, str]]:
    """The findings of an answer; what a message says is taken from the list where the list has it."""
    said = {(one["id"], one["role"]): one["says"] for one in EXPECTED[name]}
    found = []
    for one in answer["findings"]:
        key = (one["id"], one["object"]["name"])
        text = said.get(key, "")
        found.append((*key, text if text and text in one["message"] else one["message"]))
    return sorted(found)


def objects_of(corpus: Path, name: str) -> list[dict[str, Any]]:
    """A release's objects, its custom resources among them."""
    text = (corpus / f"{name}-rbac.yaml").read_text(encoding="utf-8")
    roles = [one for one in yaml.load_all(text, yaml.CSafeLoader) if one]
    return [*crds_from_list(corpus / f"{name}-crds.yaml"), *roles]


def ask(plane: ControlPlane, cache: Path, *argv: str, user: str = "admin") -> Result:
    """What the server's answer is."""
    flags = ("--kubeconfig", str(plane.kubeconfig(user)))
    return run("aggregation", *argv, *flags, environ={**NOWHERE, "KUBECACHEDIR": str(cache)})


def findings(plane: ControlPlane, cache: Path, *argv: str) -> dict[tuple[str, str], str]:
    """The messages of the errors, by id and role: upstream ships none of them."""
    answer = ask(plane, cache, *argv, "-o", "json").json
    return {
        (one["id"], one["object"]["name"]): one["message"]
        for one in answer["findings"]
        if one["severity"] == "error"
    }


@pytest.fixture
def stopped(release: ControlPlane) -> Iterator[ControlPlane]:
    """The server with a release and without its controllers; both are as they were afterwards."""
    before = role(release, KSERVE)
    release.stop_controller_manager()
    yield release
    release.stop_controller_manager()  # a test may have started it
    release.start_controller_manager()
    replace(release, KSERVE, lambda found: found["metadata"].update(labels=before["metadata"]["labels"]))
    wait_for_aggregation(release)


def role(plane: ControlPlane, name: str) -> dict[str, Any]:
    """A ClusterRole as it is stored."""
    status, found = plane.request("GET", f"{CLUSTER_ROLES}/{name}")
    assert 200 == status
    return found


def replace(plane: ControlPlane, name: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """Store a changed ClusterRole."""
    found = role(plane, name)
    change(found)
    status, answer = plane.request("PUT", f"{CLUSTER_ROLES}/{name}", found)
    assert 200 == status, answer


def healthy_within(seconds: float, plane: ControlPlane, cache: Path) -> bool:
    """Whether no error is found any more, asked until then."""
    deadline = time.monotonic() + seconds
    while findings(plane, cache):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


@pytest.mark.server
def test_a_label_that_is_taken_away_is_pending_until_the_controller_runs(
    stopped: ControlPlane, tmp_path: Path
) -> None:
    """The role keeps KServe's rules while nobody takes them out; then it is healthy, without them."""
    replace(stopped, KSERVE, lambda found: found["metadata"]["labels"].pop(TO_EDIT))

    pending = findings(stopped, tmp_path)
    stopped.start_controller_manager()

    assert {("aggregation-not-reconciled", EDIT)} == set(pending)
    assert "keeps 2 rules that no role has which it selects" in pending["aggregation-not-reconciled", EDIT]
    assert healthy_within(10, stopped, tmp_path)
    assert ask(stopped, tmp_path).lines[0].endswith(VERDICT)
    assert not any("serving.kserve.io" in rule.get("apiGroups", ()) and "create" in rule["verbs"]
                   for rule in role(stopped, EDIT)["rules"])  # fmt: skip


@pytest.mark.server
def test_a_rule_that_is_added_is_pending_until_the_controller_runs(
    stopped: ControlPlane, tmp_path: Path
) -> None:
    """Each role that selects the changed one lacks the rule, and is told of with it."""
    rule = {"apiGroups": ["example.com"], "resources": ["widgets"], "verbs": ["get"]}
    replace(stopped, KSERVE, lambda found: found["rules"].append(rule))

    pending = findings(stopped, tmp_path)
    named = findings(stopped, tmp_path, EDIT)
    verdict = ask(stopped, tmp_path).lines[0]
    stopped.start_controller_manager()

    assert {
        ("aggregation-not-reconciled", EDIT),
        ("aggregation-not-reconciled", "kubeflow-kserve-admin"),
    } == set(pending)
    assert f"lacks a rule of `{KSERVE}` (`get` on `widgets`)" in pending["aggregation-not-reconciled", EDIT]
    assert {("aggregation-not-reconciled", EDIT)} == set(named)
    assert ": 2 of them do not have exactly the rules" in verdict
    assert verdict.endswith(f": {EDIT} and kubeflow-kserve-admin")
    assert healthy_within(10, stopped, tmp_path)
    replace(stopped, KSERVE, lambda found: found["rules"].remove(rule))


@pytest.mark.server
def test_a_value_in_capitals_is_an_error_with_and_without_the_controller(
    stopped: ControlPlane, tmp_path: Path
) -> None:
    """Once the controller has run nothing is pending, and KServe is gone from the role all the same."""
    replace(stopped, KSERVE, lambda found: found["metadata"]["labels"].update({TO_EDIT: "True"}))

    before = findings(stopped, tmp_path)
    stopped.start_controller_manager()
    wait_for_aggregation(stopped)
    after = findings(stopped, tmp_path)

    near = ("aggregation-label-near-miss", KSERVE)
    assert {near, ("aggregation-not-reconciled", EDIT)} == set(before)
    assert {near} == set(after)
    assert f"so `{EDIT}` does not select it" in after[near]


@pytest.mark.server
def test_the_trees_of_a_server_are_those_of_its_files(
    release: ControlPlane, corpus: Path, tmp_path: Path
) -> None:
    """Filled in by the controller, or computed: who selects whom and what each brings is the same."""
    file = tmp_path / "release.yaml"
    file.write_text(yaml.dump_all(objects_of(corpus, "kubeflow-v1.10"), Dumper=yaml.CSafeDumper))

    live = ask(release, tmp_path, "kubeflow-admin", "-o", "json").json
    there = run("aggregation", "kubeflow-admin", "-f", str(file), "-o", "json").json

    assert there["items"] == live["items"]
    assert 50 < len(live["items"])


@pytest.mark.server
def test_who_may_not_list_roles_is_told_so(release: ControlPlane, tmp_path: Path) -> None:
    """Nothing is said of roles that were not seen: status 3, and no tree."""
    result = ask(release, tmp_path, user="nobody@example.com")

    assert (3, "") == (result.status, result.stdout)
    assert result.stderr.startswith("error: cannot list clusterroles: ")
    assert "clusterroles.rbac.authorization.k8s.io is forbidden" in result.stderr
