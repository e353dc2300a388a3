"""What a live cluster does not serve gets no fix; the list of types is that of its discovery."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.robustness.stand_in import CALM, Answer, StandIn
from tests.running import Result, run

NOT_SERVED = "no API serves `{}`: with a grant, the server answers NotFound"


def discovery(*groups: dict[str, Any]) -> dict[str, Answer]:
    """Return a server without roles that serves pods, and these groups, in the aggregated form."""
    pods = {
        "resource": "pods",
        "responseKind": {"kind": "Pod"},
        "scope": "Namespaced",
        "verbs": ["get", "list"],
    }
    core = {"metadata": {"name": ""}, "versions": [{"version": "v1", "resources": [pods]}]}
    lists = {"/api": [core], "/apis": [*groups]}
    documents = {path: {"kind": "APIGroupDiscoveryList", "items": items} for path, items in lists.items()}
    return {**CALM, **{path: Answer(json.dumps(document).encode()) for path, document in documents.items()}}


def group(name: str, freshness: str, *resources: str) -> dict[str, Any]:
    """Return a group of one version, as a server describes it."""
    described = [
        {"resource": each, "responseKind": {"kind": each}, "scope": "Namespaced", "verbs": ["get"]}
        for each in resources
    ]
    version = {"version": "v1", "freshness": freshness, "resources": described}
    return {"metadata": {"name": name}, "versions": [version]}


def roles(*resources: str) -> Answer:
    """Return a list with one ClusterRole that names these resources of `apps.example`."""
    rule = {"apiGroups": ["apps.example"], "resources": [*resources], "verbs": ["delete"]}
    role = {"metadata": {"name": "r", "resourceVersion": "1"}, "rules": [rule]}
    return Answer(json.dumps({"kind": "ClusterRoleList", "metadata": {}, "items": [role]}).encode())


def explained(answers: Mapping[str, Answer], tmp_path: Path, *argv: str) -> Result:
    """Return the answer about ivan in `lab` on a server with these answers."""
    with StandIn(answers) as server:
        server.write_kubeconfig(tmp_path / "config")
        flags = ("-n", "lab", "--kubeconfig", str(tmp_path / "config"), "--cache-dir", str(tmp_path))
        return run("explain", *argv, *flags)


def has_fixes(answer: Result) -> bool:
    """Whether the answer offers a fix or names somebody to ask."""
    assert 1 == answer.status, answer.stderr
    return any(line.startswith(("fixes", "ask")) for line in answer.lines)


@pytest.mark.parametrize(
    ("served", "resource", "is_served"),
    [
        pytest.param((), "inferenceservices.serving.kserve.io", False, id="a component that is missing"),
        pytest.param(
            (group("serving.kserve.io", "Current", "inferenceservices"),),
            "trainedmodels.serving.kserve.io",
            False,
            id="a resource that another release has",
        ),
        pytest.param(
            (group("serving.kserve.io", "Current", "inferenceservices"),),
            "inferenceservices.serving.kserve.io",
            True,
            id="what is served",
        ),
        pytest.param(
            (group("serving.kserve.io", "Stale"),),
            "inferenceservices.serving.kserve.io",
            True,
            id="a group whose server does not answer",
        ),
        pytest.param((), "runs.pipelines.kubeflow.org", True, id="what a service alone asks about"),
    ],
)
def test_a_type_of_the_catalogue_gets_a_fix_only_if_it_is_served(
    served: tuple[dict[str, Any], ...], resource: str, is_served: bool, tmp_path: Path
) -> None:
    """Otherwise a grant turns the refusal into 404."""
    answer = explained(discovery(*served), tmp_path, "user:ivan", "get", resource)

    assert is_served == has_fixes(answer)
    assert is_served == (NOT_SERVED.format(resource) not in answer.stdout)


def test_a_refused_discovery_says_nothing_of_what_is_served(tmp_path: Path) -> None:
    """Nobody can say then that a type is missing."""
    refused = Answer(b'{"kind": "Status", "message": "no", "code": 403, "reason": "Forbidden"}', 403)
    answers = {**discovery(), "/apis": refused}

    assert has_fixes(explained(answers, tmp_path, "user:ivan", "get", "inferenceservices.serving.kserve.io"))


@pytest.mark.parametrize("is_pasted", [False, True], ids=["in words", "in an error of the API server"])
def test_a_rule_can_name_what_only_a_program_asks_about(is_pasted: bool, tmp_path: Path) -> None:
    """But the API server itself has refused a request to its API."""
    error = (
        'widgets.apps.example is forbidden: User "ivan" cannot delete resource "widgets" in API group'
        ' "apps.example" in the namespace "lab"'
    )
    words = (error,) if is_pasted else ("user:ivan", "delete", "widgets.apps.example")

    answer = explained({**discovery(), "clusterroles": roles("widgets")}, tmp_path, *words)

    assert is_pasted != has_fixes(answer)
    assert is_pasted == (NOT_SERVED.format("widgets.apps.example") in answer.stdout)
