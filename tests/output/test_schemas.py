"""The schemas of the machine formats, held against real output of every command."""

from __future__ import annotations

import copy
import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from kubectl_kfaccess.commands import COMMANDS
from tests.make_schemas import COMMON, SCHEMAS, kinds, read, texts
from tests.running import REPOSITORY, Result, run
from tests.schemas import errors, schema, validator

# A line of JSON is not the envelope but one of these
LINES = {"WhoCan": "Item", "Access": "Item", "Review": "SubjectAccessReview", "Version": "Item"}

CLUSTER = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: bot, namespace: ci}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: accounts, namespace: ci}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: Group, name: 'system:serviceaccounts:ci'}, {kind: User, name: ''}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: named, namespace: ci}
rules: [{apiGroups: ['', apps], resources: [pods, deployments], resourceNames: [b, a], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: named, namespace: ci}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: named}
subjects: [{kind: User, name: 'system:serviceaccount:ci:deployer'}]
"""

WHO_CAN = [
    "who-can create inferenceservices --demo",
    "who-can create isvc -n team-a --demo --no-platform",
    "who-can get secrets -A --demo --include-named",
    "who-can get secrets -l app.kubernetes.io/part-of=kubeflow-profile --demo",
    "who-can get secrets -l team=none --demo",
    "who-can get secrets/model-registry-token -n team-c --demo",
    "who-can list experiments -n team-b --demo",
    "who-can get pods/log --demo -n team-a",
    "who-can get /metrics --demo",
    "who-can get '/*' --demo",
    "who-can delete namespaces/team-b --demo",
    "who-can get nodes -n team-a --demo",
    "who-can '*' '*' --demo",
    "who-can get widgets.example.com --demo",
    "who-can frobnicate pods --demo --subject-kind user",
    "who-can list runs -n team-a --via kubeflow --demo",
    "who-can list runs -n team-a --via kubectl --demo",
    "who-can get pods -f - --include-named --expand-groups",
    "who-can get deployments -f - --include-named -n ci",
    "who-can get pods -f - --kubernetes-version 1.33 --expect-only user:x",
]
REVIEWS = ["review examples/reviews.yaml --demo", "review examples/reviews.yaml -f -"]
ACCESS = [
    "access alice@example.com --demo",
    "access sa:team-c/model-server --demo -n team-c",
    "access audrey@example.com --demo -A -a",
    "access group:ml-team --demo --area serving,rbac --hide-empty",
    "access user:x --demo --resource pods/exec --resource widgets.example.com --verb create,frobnicate",
    "access ivan@example.com --group ml-team --demo --via kubectl",
    "access sa:ci/deployer -f - -A",
]
EXPLANATIONS = [
    "explain alice@example.com create inferenceservices -n team-a --demo",
    "explain grace@example.com create inferenceservices -n team-b --demo",
    "explain heidi@example.com list notebooks -n team-c --demo",
    "explain ivan@example.com list runs.pipelines.kubeflow.org -n team-a --group ml-team --demo",
    "explain sa:kubeflow/pipeline-runner create isvc -n kubeflow --demo",
    "explain sa:team-c/model-server get secrets -n team-c --demo",
    "explain group:ml-team get /metrics --demo",
    "explain user:x delete namespaces/team-b --demo",
    "explain carol@example.com create experiments -n team-a --demo",
    "explain ivan@example.com create notebooks -n team-a --group ml-team --demo",
    "explain alice@example.com watch runs -n team-a --demo",
    "explain alice@example.com delete pipelines.pipelines.kubeflow.org -n kubeflow --demo",
    "explain sa:ci/deployer get pods/a -n ci -f -",
    "explain 'RBAC: access denied' --demo",
]
RESOURCES = ["resources --demo", "resources -a --demo", "resources --served -f -"]
CALLS = [
    "resources --calls",
    "resources --calls --area pipelines --kfp-version 1.8.22",
    "resources --calls --area katib,serving",
    "resources --calls --kfp-version 2.99.0",
]
BINDINGS = [
    "access alice@example.com --bindings --demo",
    "access grace@example.com --bindings --demo",
    "access sa:ci/deployer --bindings -f -",
]
CHECKS = [
    "check --demo",
    "check sa:kubeflow/pipeline-runner --for kserve --demo",
    "check pipeline-runner --mode standalone --kfp-version 2.17.0 --demo",
    "check profile-owner --demo",
    "check dave@example.com --demo",
    "check -f -",
]
PROFILES = [
    "profiles --demo",
    "profiles team-c --demo",
    "profiles -l team=none --demo",
    "profiles -f -",
]
AGGREGATIONS = [
    "aggregation --demo",
    "aggregation kubeflow-edit --demo",
    "aggregation kubeflow-kserve-edit --demo",
    "aggregation cluster-admin -f -",
]
VERSIONS = ["version --client", "version"]
ALL = [("WhoCan", line) for line in WHO_CAN] + [("Review", line) for line in REVIEWS]
ALL += [("Access", line) for line in ACCESS] + [("Explanation", line) for line in EXPLANATIONS]
ALL += [("Resources", line) for line in RESOURCES] + [("Bindings", line) for line in BINDINGS]
ALL += [("Version", line) for line in VERSIONS] + [("Check", line) for line in CHECKS]
ALL += [("Calls", line) for line in CALLS] + [("Profiles", line) for line in PROFILES]
ALL += [("Aggregation", line) for line in AGGREGATIONS]
BY_LINE = [(kind, line) for kind, line in ALL if kind in ("WhoCan", "Review", "Access")]

# What only a server can answer is held against its schema with the tests on one
LIVE = {"whoami": "WhoAmI"}

# What no machine reads
WITHOUT = {"completion"}


def asked(line: str, output: str) -> Result:
    """The answer in that format; standard input is a small cluster."""
    return run(*shlex.split(line), "-o", output, stdin=CLUSTER.encode())


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: file.stem)
def test_every_schema_is_one_and_names_its_kind(file: Path) -> None:
    """It is valid JSON Schema, and strict wherever it lists properties."""
    found = schema(file.stem)

    Draft202012Validator.check_schema(found)
    assert file.stem == found["title"]
    assert f"urn:kfaccess:v1:{file.stem}" == found["$id"]
    listing = [one for one in (found, *found["$defs"].values()) if "properties" in one]
    assert [False] * len(listing) == [one.get("additionalProperties") for one in listing]


@pytest.mark.parametrize("kind", kinds())
def test_what_schemas_share_is_the_same_in_all_of_them(kind: str) -> None:
    """`python -m tests.make_schemas` copies it from the file where it stands."""
    assert texts()[kind] == (SCHEMAS / f"{kind}.json").read_text(encoding="utf-8")


def test_every_shared_shape_is_used() -> None:
    """And no schema has a shape of its own under the same name."""
    used = {name for kind in kinds() for name in schema(kind)["$defs"]}

    assert set() == set(read(COMMON)["$defs"]) - used


FAILING = [
    ("WhoCan", "who-can get secrets --demo -f x"),
    ("Access", "access alice --demo -n team-a --area kitchen"),
    ("Explanation", "explain bob --demo"),
    ("Check", "check --demo --for tea"),
    ("Aggregation", "aggregation nobody --demo"),
    ("Profiles", "profiles nobody --demo"),
    ("Review", "review nowhere.yaml --demo"),
    ("WhoAmI", "whoami --demo"),
    ("Resources", "resources --area kitchen --demo"),
    ("Version", "version --client --bogus"),
]


@pytest.mark.parametrize(("kind", "line"), FAILING, ids=[line for _, line in FAILING])
def test_a_failure_keeps_to_the_schema(kind: str, line: str) -> None:
    """There is one error, and there are no items."""
    result = run(*shlex.split(line), "-o", "json")

    assert [] == errors(validator(kind), result.json)
    assert (kind, [], 1) == (result.json["kind"], result.json["items"], len(result.json["errors"]))
    assert result.stderr.startswith(f"error: {result.json['errors'][0]['message']}")


def test_every_command_is_held_against_a_schema() -> None:
    """No command answers machines without one."""
    assert set(COMMANDS) == {line.split()[0] for _, line in ALL} | set(LIVE) | WITHOUT
    assert {kind for kind, _ in ALL} | set(LIVE.values()) == set(kinds())


@pytest.mark.parametrize(("kind", "line"), ALL, ids=[line for _, line in ALL])
def test_json_and_yaml_keep_to_the_schema(kind: str, line: str) -> None:
    """Both are the same value, and the schema's."""
    answer = asked(line, "json").json

    assert [] == errors(validator(kind), answer)
    assert answer == yaml.safe_load(asked(line, "yaml").stdout)


@pytest.mark.parametrize(("kind", "line"), BY_LINE, ids=[line for _, line in BY_LINE])
def test_a_line_of_json_is_one_item(kind: str, line: str) -> None:
    """Each line by itself is what the envelope lists as an item."""
    lines = [json.loads(text) for text in asked(line, "jsonl").lines]

    assert asked(line, "json").json["items"] == lines
    assert [] == [error for one in lines for error in errors(validator(kind, definition=LINES[kind]), one)]


@pytest.mark.parametrize("output", ["json", "yaml", "jsonl"])
def test_machine_formats_are_printable_ascii(output: str) -> None:
    """Whatever a name is made of, a terminal is safe from it."""
    hostile = CLUSTER.replace("name: ''", r'name: "\e[2J\u202e\x7f\x85中\U0001f600"')

    text = run("who-can", "get", "pods", "-f", "-", "-o", output, stdin=hostile.encode()).stdout

    assert "[2J" in text
    assert text.replace("\n", "").isascii()
    assert text.replace("\n", "").isprintable()


def broken(kind: str, line: str) -> list[tuple[str, Any]]:
    """Real answers that were spoiled in one place each."""
    answer = asked(line, "json").json
    spoiled = []

    def spoil(name: str, change: Any) -> None:
        copied = copy.deepcopy(answer)
        change(copied)
        spoiled.append((f"{kind}: {name}", copied))

    spoil("another version", lambda one: one.update(apiVersion="v2"))
    spoil("no items", lambda one: one.pop("items"))
    spoil("one key more", lambda one: one.update(more=1))
    spoil("an item with one key more", lambda one: one["items"][0].update(more=1))
    if kind == "WhoCan":
        spoil("an item without grants", lambda one: one["items"][0].update(grants=[]))
        spoil("an unknown kind of subject", lambda one: one["items"][0]["subject"].update(kind="Robot"))
        spoil("a user with a namespace", lambda one: one["items"][0]["subject"].update(namespace="a"))
        spoil("a grant without a path", lambda one: one["items"][0]["grants"][0].update(paths=[]))
        spoil("a path without a role", lambda one: one["items"][0]["grants"][0].update(paths=[[]]))
        spoil("gaps in what is complete", lambda one: one["coverage"].update(complete=False))
        spoil("a path beside a resource", lambda one: one["queries"][0].update(path="/metrics"))
        spoil("a rule about nothing", lambda one: one["items"][0]["grants"][0]["rule"].pop("resources"))
    if kind == "Access":
        spoil("a verb in no list", lambda one: one["items"][0].pop("denied"))
        spoil("an unknown plane", lambda one: one["items"][0].update(via="ssh"))
        spoil("no subject", lambda one: one.pop("subject"))
    if kind == "Explanation":
        spoil("an unknown decision", lambda one: one.update(decision="Maybe"))
        spoil("an item without a plane", lambda one: one["items"][0].pop("via"))
        spoil("a fix that applies nothing", lambda one: one["fix"][0].update(objects=[]))
        spoil("a plane left out", lambda one: one["items"][0]["planes"].pop("mesh"))
        spoil("an unknown near miss", lambda one: one["nearMisses"][0].update(miss="close"))
    if kind == "Calls":
        spoil("a call without a path", lambda one: one["items"][0].update(path=""))
        spoil("a verb on nothing", lambda one: one["items"][0].update(resource=""))
        spoil("a setting without a word", lambda one: one["settings"][0].update(what=""))
        spoil("a release that is none", lambda one: one["notIsolated"][0].update(until="2.5"))
    if kind == "Resources":
        spoil("a resource without verbs", lambda one: one["items"][0].update(verbs=[]))
    if kind == "Profiles":
        spoil("a member of an unknown kind", lambda one: one["items"][0]["members"][0].update(kind="guest"))
        spoil("an owner by nobody's word", lambda one: one["items"][0].update(ownerFrom=None))
        spoil("a finding without a message", lambda one: one["items"][0]["findings"][0].update(message=""))
        spoil("a plane left out", lambda one: one["items"][0]["members"][0]["counts"].pop("services"))
    if kind == "Bindings":
        spoil("an unknown kind of object", lambda one: one["items"][0]["object"].update(kind="Pod"))
    if kind == "Review":
        spoil("a review without an answer", lambda one: one["items"][0].pop("status"))
        spoil("a review by nobody", lambda one: [one["items"][0]["spec"].pop(k) for k in ("user", "groups")])
        spoil("an unknown answer that is a yes", lambda one: one["items"][0]["status"].update(
            allowed=True, evaluationError="not known: cannot list roles"
        ))  # fmt: skip
    return spoiled


def broken_trees(line: str) -> list[tuple[str, Any]]:
    """Real answers about aggregation that were spoiled in one place each."""
    changes: dict[str, Any] = {
        "an item without a path": lambda one: one["items"][0].update(path=[]),
        "a part with selectors": lambda one: one["items"][0].update(aggregated=False),
        "a finding without a message": lambda one: one["findings"][0].pop("message"),
        "fewer rules than none": lambda one: one["items"][0].update(rules=-1),
    }
    spoiled = [(f"Aggregation: {name}", asked(line, "json").json) for name in changes]
    for (_, answer), change in zip(spoiled, changes.values(), strict=True):
        change(answer)
    return spoiled


SPOILED = [
    *broken("WhoCan", "who-can create inferenceservices -n team-a --subject-kind user --demo"),
    *broken("Review", "review examples/reviews.yaml --demo"),
    *broken("Access", "access alice@example.com --demo"),
    *broken("Explanation", "explain grace@example.com create inferenceservices -n team-b --demo"),
    *broken("Resources", "resources --demo"),
    *broken("Calls", "resources --calls"),
    *broken("Aggregation", "aggregation kubeflow-edit --demo"),
    *broken_trees("aggregation kubeflow-edit --demo"),
    *broken("Profiles", "profiles --demo"),
    *broken("Bindings", "access alice@example.com --bindings --demo"),
    *broken("Version", "version --client"),
]


@pytest.mark.parametrize(("what", "answer"), SPOILED, ids=[what for what, _ in SPOILED])
def test_the_schemas_notice_what_is_wrong(what: str, answer: Any) -> None:
    """An answer that is spoiled in one place does not pass."""
    assert [] != errors(validator(what.split(":")[0]), answer)


def test_the_schemas_are_part_of_the_package() -> None:
    """The packaging declares them, so that an installed program has them."""
    assert "schemas/*.json" in (REPOSITORY / "setup.cfg").read_text(encoding="utf-8")
