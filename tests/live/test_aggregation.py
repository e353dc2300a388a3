"""Aggregation of real releases: in files, and on a server with and without a running controller."""

from __future__ import annotations

import json
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

Document = dict[str, Any]

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
    """Each finding is a warning, and upstream is the reason for it."""
    file = tmp_path / "release.yaml"
    file.write_text(yaml.dump_all(objects_of(corpus, name), Dumper=yaml.CSafeDumper))

    answer = run("aggregation", "-f", str(file), "-o", "json").json

    assert expected(name) == findings_of(answer, name)
    assert {"warning"} >= {finding["severity"] for finding in answer["findings"]}


@pytest.mark.server
@pytest.mark.parametrize("name", EXPECTED)
def test_a_release_on_a_server_has_upstreams_defects_and_no_other(
    name: str, corpus: Path, plane: ControlPlane, tmp_path: Path
) -> None:
    """The controller is done: nothing is pending, and discovery makes no difference."""
    refused = load(plane, objects_of(corpus, name))
    wait_for_aggregation(plane)
    try:
        answer = ask(plane, tmp_path, "-o", "json").json
    finally:
        clear(plane)

    assert [] == refused
    assert expected(name) == findings_of(answer, name)


VERDICT = "aggregated ClusterRoles have the rules of all roles they select"


@pytest.mark.server
def test_rules_of_a_role_that_selects_nothing_stay_in_force_on_a_server(
    plane: ControlPlane, tmp_path: Path
) -> None:
    """The controller removes rules that it wrote itself, and leaves rules that an installer wrote."""
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
    """Return the findings of a release that are listed in the file."""
    return sorted((row["id"], row["role"], row["says"]) for row in EXPECTED[name])


def findings_of(answer: Document, name: str) -> list[tuple[str, str, str]]:
    """Return the findings of an answer, with the listed part of each message if the message has it."""
    listed = {(row["id"], row["role"]): row["says"] for row in EXPECTED[name]}
    rows = []
    for finding in answer["findings"]:
        key = (finding["id"], finding["object"]["name"])
        text = listed.get(key, "")
        rows.append((*key, text if text and text in finding["message"] else finding["message"]))
    return sorted(rows)


def objects_of(corpus: Path, name: str) -> list[dict[str, Any]]:
    """Return a release's objects, with its custom resource definitions."""
    text = (corpus / f"{name}-rbac.yaml").read_text(encoding="utf-8")
    roles = [manifest for manifest in yaml.load_all(text, yaml.CSafeLoader) if manifest]
    return [*crds_from_list(corpus / f"{name}-crds.yaml"), *roles]


def ask(plane: ControlPlane, cache: Path, *argv: str, user: str = "admin") -> Result:
    """Return the result of `aggregation` on the server."""
    flags = ("--kubeconfig", str(plane.kubeconfig(user)))
    return run("aggregation", *argv, *flags, environ={**NOWHERE, "KUBECACHEDIR": str(cache)})


def findings(plane: ControlPlane, cache: Path, *argv: str) -> dict[tuple[str, str], str]:
    """Return the messages of the errors, by id and role; upstream ships no errors."""
    answer = ask(plane, cache, *argv, "-o", "json").json
    return {
        (finding["id"], finding["object"]["name"]): finding["message"]
        for finding in answer["findings"]
        if finding["severity"] == "error"
    }


@pytest.fixture
def stopped(release: ControlPlane) -> Iterator[ControlPlane]:
    """Yield the server with a release and without its controllers; restore both after the test."""
    before = role(release, KSERVE)
    release.stop_controller_manager()
    yield release
    release.stop_controller_manager()  # the test can have started it
    release.start_controller_manager()
    replace(
        release,
        KSERVE,
        lambda stored_role: stored_role["metadata"].update(labels=before["metadata"]["labels"]),
    )
    wait_for_aggregation(release)


def role(plane: ControlPlane, name: str) -> dict[str, Any]:
    """Return a ClusterRole as it is stored."""
    status, stored_role = plane.request("GET", f"{CLUSTER_ROLES}/{name}")
    assert 200 == status
    return stored_role


def replace(plane: ControlPlane, name: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """Store the ClusterRole with a change."""
    stored_role = role(plane, name)
    change(stored_role)
    status, answer = plane.request("PUT", f"{CLUSTER_ROLES}/{name}", stored_role)
    assert 200 == status, answer


def healthy_within(seconds: float, plane: ControlPlane, cache: Path, *lasting: tuple[str, str]) -> bool:
    """Return whether the errors are gone within that many seconds, but for *lasting* ones."""
    deadline = time.monotonic() + seconds
    while set(findings(plane, cache)) != set(lasting):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


@pytest.mark.server
def test_a_removed_label_is_pending_until_the_controller_runs(stopped: ControlPlane, tmp_path: Path) -> None:
    """The role keeps KServe's rules until the controller runs. That KServe's role reaches nobody stays."""
    lost = ("component-role-not-aggregated", KSERVE)
    replace(stopped, KSERVE, lambda stored_role: stored_role["metadata"]["labels"].pop(TO_EDIT))

    pending = findings(stopped, tmp_path)
    stopped.start_controller_manager()

    assert {("aggregation-not-reconciled", EDIT), lost} == set(pending)
    assert "keeps 2 rules that no selected role has" in pending["aggregation-not-reconciled", EDIT]
    assert healthy_within(60, stopped, tmp_path, lost)
    assert not any("serving.kserve.io" in rule.get("apiGroups", ()) and "create" in rule["verbs"]
                   for rule in role(stopped, EDIT)["rules"])  # fmt: skip


@pytest.mark.server
def test_an_added_rule_is_pending_until_the_controller_runs(stopped: ControlPlane, tmp_path: Path) -> None:
    """Each role that selects the changed role lacks the rule, and has a finding that names it."""
    rule = {"apiGroups": ["example.com"], "resources": ["widgets"], "verbs": ["get"]}
    replace(stopped, KSERVE, lambda stored_role: stored_role["rules"].append(rule))

    pending = findings(stopped, tmp_path)
    named = findings(stopped, tmp_path, EDIT)
    verdict = ask(stopped, tmp_path).lines[0]
    stopped.start_controller_manager()

    assert {
        ("aggregation-not-reconciled", EDIT),
        ("aggregation-not-reconciled", "kubeflow-kserve-admin"),
    } == set(pending)
    assert (
        f"is missing a rule of `{KSERVE}` (`get` on `widgets`)" in pending["aggregation-not-reconciled", EDIT]
    )
    assert {("aggregation-not-reconciled", EDIT)} == set(named)
    assert verdict.startswith("no: 2 of 17 aggregated ClusterRoles do not have exactly the rules ")
    assert f": {EDIT} and kubeflow-kserve-admin" in verdict
    assert healthy_within(60, stopped, tmp_path)
    replace(stopped, KSERVE, lambda stored_role: stored_role["rules"].remove(rule))


@pytest.mark.server
def test_a_value_in_capitals_is_an_error_with_and_without_the_controller(
    stopped: ControlPlane, tmp_path: Path
) -> None:
    """After the controller has run, nothing is pending, but KServe's rules are missing in the role."""
    replace(stopped, KSERVE, lambda stored_role: stored_role["metadata"]["labels"].update({TO_EDIT: "True"}))

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
    """Written by the controller or computed, the trees have the same roles and rules."""
    file = tmp_path / "release.yaml"
    file.write_text(yaml.dump_all(objects_of(corpus, "kubeflow-v1.10"), Dumper=yaml.CSafeDumper))

    live = ask(release, tmp_path, "kubeflow-admin", "-o", "json").json
    from_files = run("aggregation", "kubeflow-admin", "-f", str(file), "-o", "json").json

    assert from_files["items"] == live["items"]
    assert 50 < len(live["items"])


@pytest.mark.server
def test_a_caller_who_cannot_list_roles_gets_an_error(release: ControlPlane, tmp_path: Path) -> None:
    """There is no tree of roles that could not be read, and the status is 3."""
    result = ask(release, tmp_path, user="nobody@example.com")

    assert (3, "") == (result.status, result.stdout)
    assert result.stderr.startswith("error: cannot list clusterroles: ")
    assert "clusterroles.rbac.authorization.k8s.io is forbidden" in result.stderr


@pytest.mark.server
def test_every_computed_role_of_a_release_is_what_the_controller_stores(
    release: ControlPlane, tmp_path: Path
) -> None:
    """Kubernetes' own aggregated roles are among them."""
    _, roles = release.request("GET", CLUSTER_ROLES)
    aggregated = {each["metadata"]["name"]: each for each in roles["items"] if each.get("aggregationRule")}

    for name, stored in aggregated.items():
        result = ask(release, tmp_path, name, "--computed", "-o", "json")
        assert json.dumps(stored.get("rules") or []) == json.dumps(result.json["rules"]), name
    assert {EDIT, "edit", "admin"} < set(aggregated)
