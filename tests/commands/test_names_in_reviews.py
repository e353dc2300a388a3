"""Whether a rule with resourceNames counts depends on what Kubeflow's services put into their reviews."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.running import run

RULES = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: daily, namespace: ml}
rules:
- {apiGroups: [pipelines.kubeflow.org], resources: [runs, jobs], resourceNames: [daily], verbs: [get, create]}
- {apiGroups: [pipelines.kubeflow.org], resources: [visualizations], resourceNames: [daily], verbs: [create]}
- {apiGroups: [kubeflow.org], resources: [experiments, notebooks], resourceNames: [daily], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: daily, namespace: ml}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: daily}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: nina@example.com}]
"""
WITHOUT_NAME = "      checked without a name: a rule with resourceNames does not allow it"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    """Return the flags that read RULES."""
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    return ("-n", "ml", "-f", str(tmp_path / "rules.yaml"))


@pytest.mark.parametrize(
    ("verb", "resource", "decision"),
    [
        pytest.param("create", "jobs.pipelines.kubeflow.org", "Allowed", id="a new job has its name"),
        pytest.param("create", "runs.pipelines.kubeflow.org", "Denied", id="a new run has none"),
        pytest.param("get", "runs.pipelines.kubeflow.org", "Allowed", id="an existing run has it"),
        pytest.param("create", "visualizations.pipelines.kubeflow.org", "Denied", id="a visualization"),
    ],
)
def test_a_rule_with_names_counts_if_the_review_has_the_name(
    verb: str, resource: str, decision: str, files: tuple[str, ...]
) -> None:
    """The real pipelines API server sends the name of a new job, and none for a new run."""
    target = f"{resource}/daily"
    answer = run("explain", "nina@example.com", verb, target, *files)
    data = run("explain", "nina@example.com", verb, target, *files, "-o", "json").json["items"][0]

    assert decision == data["decision"]
    assert (decision == "Denied") == (answer.status == 1) == (WITHOUT_NAME in answer.lines)
    assert {decision == "Allowed"} == {call["named"] for call in data["askedBy"]}


@pytest.mark.parametrize(
    ("resource", "decision"),
    [
        pytest.param("experiments.kubeflow.org", "Allowed", id="Katib's page sends the name"),
        pytest.param("notebooks.kubeflow.org", "Denied", id="the page of notebooks does not"),
    ],
)
def test_pages_differ_from_kubectl_in_the_same_way(
    resource: str, decision: str, files: tuple[str, ...]
) -> None:
    """kubectl's request always has the name."""
    argv = ("explain", "nina@example.com", "get", f"{resource}/daily", *files)
    planes = run(*argv, "-o", "json").json["items"][0]["planes"]

    assert ("Allowed", decision) == (planes["kubectl"]["decision"], planes["kubeflow"]["decision"])
    assert (decision == "Denied") == ("no (they check without the name of the object)" in run(*argv).stdout)


@pytest.mark.parametrize(
    ("verb", "resource", "listed"),
    [
        pytest.param("create", "jobs.pipelines.kubeflow.org", True, id="jobs"),
        pytest.param("create", "runs.pipelines.kubeflow.org", False, id="runs"),
    ],
)
def test_who_can_lists_whom_the_service_lets_through(
    verb: str, resource: str, *, listed: bool, files: tuple[str, ...]
) -> None:
    """With `--via kubectl` the name counts in any case."""
    argv = ("who-can", verb, f"{resource}/daily", *files)
    answer, by_kubectl = run(*argv, "-o", "json"), run(*argv, "--via", "kubectl", "-o", "json")
    note = f"Kubeflow asks for `{verb} {resource}` without a name: `daily` does not count"

    assert listed == ("nina@example.com" in [item["subject"]["name"] for item in answer.json["items"]])
    assert "nina@example.com" in [item["subject"]["name"] for item in by_kubectl.json["items"]]
    assert listed == (note not in answer.notes)
    assert note not in by_kubectl.notes


def test_a_fix_grants_what_the_service_asks(files: tuple[str, ...]) -> None:
    """A rule for one name would not help."""
    fix = run(
        "explain", "nina@example.com", "create", "runs.pipelines.kubeflow.org/daily", *files, "-o", "fix"
    )

    assert "resources:" in fix.stdout
    assert "resourceNames" not in fix.stdout


# --- the cells of `access` ---


@pytest.fixture
def cells(files: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return the items about nina by resource and plane."""
    resources = ("runs", "jobs", "experiments.kubeflow.org", "notebooks")
    items = [
        item
        for resource in resources
        for item in run("access", "nina@example.com", "--resource", resource, *files, "-o", "json").json[
            "items"
        ]
        if item["namespace"] == "ml"
    ]
    return {f"{item['resource']} {item['via']}": item for item in items}


@pytest.mark.parametrize(
    ("cell", "allowed", "unsent"),
    [
        pytest.param(
            "runs kubeflow",
            {"get": ["daily"]},
            {"create": ["daily"]},
            id="a new run has no name in its review",
        ),
        pytest.param("jobs kubeflow", {"get": ["daily"], "create": ["daily"]}, {}, id="a new job has one"),
        pytest.param("experiments kubectl", {"get": ["daily"]}, {}, id="Katib's page sends the name"),
        pytest.param(
            "notebooks kubectl", {"get": ["daily"]}, {"get": ["daily"]}, id="the page of notebooks does not"
        ),
    ],
)
def test_a_cell_has_the_names_that_count(
    cell: str, allowed: dict[str, list[str]], unsent: dict[str, list[str]], cells: dict[str, dict[str, Any]]
) -> None:
    """As facts/kfp-2.17.0.tsv records the reviews, and as the pages' authz.py and authzn.go send them."""
    assert (allowed, unsent) == (cells[cell]["allowedNames"], cells[cell]["unsentNames"])
    assert [] == cells[cell]["allowed"]


@pytest.mark.parametrize(
    ("resource", "verb", "mark", "names"),
    [
        pytest.param("runs", "CREATE", "-", "create (not for Kubeflow's services): daily", id="a new run"),
        pytest.param("jobs", "CREATE", "n", "create: daily", id="a new job"),
        pytest.param("notebooks", "GET", "n", "get (not for Kubeflow's services): daily", id="a page"),
    ],
)
def test_a_table_marks_what_counts_for_no_review(
    resource: str, verb: str, mark: str, names: str, files: tuple[str, ...]
) -> None:
    """kubectl's own requests have the name, so its cells keep their mark; a note is about the reviews."""
    argv = ("access", "nina@example.com", "--resource", resource, *files)
    (row,) = (
        row for row in csv.DictReader(run(*argv, "-o", "csv").lines) if names in (row.get("NAMES") or "")
    )
    note = (
        "Kubeflow's services ask for `create runs.pipelines.kubeflow.org` without a name: rules for certain"
    )

    assert mark == row[verb]
    assert (resource == "runs") == any(text.startswith(note) for text in run(*argv).notes)
