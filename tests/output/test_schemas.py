"""Real output of every command keeps to the schemas of the machine formats."""

from __future__ import annotations

import copy
import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from kubectl_kfaccess.commands import COMMANDS, PAGES
from tests.running import REPOSITORY, Result, run
from tests.schemas import errors, schema, validator
from tools.pages.schemas import COMMON, SCHEMAS, kinds, read, texts

# A line of `-o jsonl` has this definition of the schema
LINES = {
    "WhoCan": "Item",
    "Access": "Item",
    "Review": "SubjectAccessReview",
    "Version": "Item",
    "Diff": "Item",
    "Profiles": "Item",
    "Resources": "Item",
    "Calls": "Item",
}

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
    "who-can get widgets.example.com --any-type --demo",
    "who-can frobnicate pods --demo --subject-kind user",
    "who-can list runs -n team-a --via kubeflow --demo",
    "who-can list runs -n team-a --via kubectl --demo",
    "who-can get pods -f - --include-named --expand-groups",
    "who-can get deployments -f - --include-named -n ci",
    "who-can get pods -f - --kubernetes-version 1.33 --expect-only user:x",
    "who-can get secrets -A --demo --indirect",
    "who-can create,delete inferenceservices,notebooks -n team-a --demo --indirect --no-platform",
    "who-can list runs -n team-a --via kubeflow --demo --indirect",
]
REVIEWS = ["review examples/reviews.yaml --demo", "review examples/reviews.yaml -f -"]
ACCESS = [
    "access alice@example.com --demo",
    "access sa:team-c/model-server --demo -n team-c",
    "access audrey@example.com --demo -A -a",
    "access group:ml-team --demo --area serving,rbac --hide-empty",
    "access user:x --demo --resource pods/exec,widgets.example.com --any-type --verb create,frobnicate",
    "access ivan@example.com --group ml-team --demo --via kubectl",
    "access sa:ci/deployer -f - -A",
    "access bob@example.com --demo --indirect",
    "access sa:kubeflow/katib-controller --demo -A --indirect",
    "access erin@example.com --demo -n team-a --indirect",
    "access contributor-view --demo --indirect",
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
    "explain bob@example.com create inferenceservices -n team-a --demo --indirect",
    "explain dave@example.com get secrets -n team-c --demo --indirect",
]
RESOURCES = ["resources --demo", "resources -a --demo", "resources --served -f -"]
CALLS = [
    "resources --calls",
    "resources --calls --area pipelines --kfp-version 1.8.22",
    "resources --calls --area katib,serving",
    "resources --calls --kfp-version 2.99.0",
]
COMPARISONS = [
    "access alice@example.com --compare bob@example.com --demo",
    "access contributor-edit --compare group:ml-team -a --demo",
    "access sa:ci/deployer --compare group:system:authenticated -f -",
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
CAN_APPLY = [
    "can-apply examples/app.yaml --subject sa:team-a/default-editor --demo",
    "can-apply examples/app.yaml --by server-side --demo",
    "can-apply examples/app.yaml --subject contributor-view --by delete --demo",
    "can-apply examples/app.yaml --subject sa:ci/deployer --by replace -f -",
]
PROFILES = [
    "profiles --demo",
    "profiles team-c --demo",
    "profiles -l team=none --demo",
    "profiles -f -",
]
AUDITS = [
    "audit --demo",
    "audit team-a --against team-b --demo",
    "audit team-b team-c --demo --finding *",
    "audit --demo --with examples/opening.yaml",
    "audit -f -",
]
AGGREGATIONS = [
    "aggregation --demo",
    "aggregation kubeflow-edit --demo",
    "aggregation kubeflow-kserve-edit --demo",
    "aggregation cluster-admin -f -",
]
DIFFS = [
    "diff -f examples/new-binding.yaml --demo",
    "diff --without examples/old.yaml --with examples/new.yaml --demo --subject group:ml-team",
    "diff --with examples/new.yaml --prune app=none --demo",
    "diff examples/yesterday.json.gz --demo",
    "diff demo demo",
    "diff - -f examples/new-binding.yaml",
]
VERSIONS = ["version --client", "version"]
ALL = [("WhoCan", line) for line in WHO_CAN] + [("Review", line) for line in REVIEWS]
ALL += [("Access", line) for line in ACCESS] + [("Explanation", line) for line in EXPLANATIONS]
ALL += [("AccessComparison", line) for line in COMPARISONS]
ALL += [("Resources", line) for line in RESOURCES] + [("Bindings", line) for line in BINDINGS]
ALL += [
    ("FindingExplanation", line)
    for line in (
        "explain profile-foreign-account --demo",
        "explain aggregation-unserved-resource -A --demo",
        "explain runner-any-account --demo",
    )
]
ALL += [("Version", line) for line in VERSIONS] + [("Check", line) for line in CHECKS]
ALL += [("CanApply", line) for line in CAN_APPLY]
ALL += [("Calls", line) for line in CALLS] + [("Profiles", line) for line in PROFILES]
ALL += [("Audit", line) for line in AUDITS]
ALL += [("Aggregation", line) for line in AGGREGATIONS] + [("Diff", line) for line in DIFFS]
BY_LINE = [(kind, line) for kind, line in ALL if kind in LINES and kind != "Version"]

# Only a server can answer these; tests with a server check their schema
LIVE = {"whoami": "WhoAmI"}

# Commands without machine formats. tests/report has what `report` writes, and tests/commands/test_snapshot.py
# what `snapshot` writes
WITHOUT = {"completion", "report", "snapshot", *PAGES}


def answer_of(line: str, output: str) -> Result:
    """Return the answer in the format *output*; standard input holds a small cluster."""
    return run(*shlex.split(line), "-o", output, stdin=CLUSTER.encode())


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: file.stem)
def test_every_schema_is_valid_and_names_its_kind(file: Path) -> None:
    """It is valid JSON Schema, and allows no further properties where it lists some."""
    document = schema(file.stem)

    Draft202012Validator.check_schema(document)
    assert file.stem == document["title"]
    assert f"urn:kfaccess:v1:{file.stem}" == document["$id"]
    strict = [part for part in (document, *document["$defs"].values()) if "properties" in part]
    assert [False] * len(strict) == [part.get("additionalProperties") for part in strict]


@pytest.mark.parametrize("kind", kinds())
def test_shared_definitions_are_the_same_in_all_schemas(kind: str) -> None:
    """`make pages` copies them from common.json."""
    assert texts()[kind] == (SCHEMAS / f"{kind}.json").read_text(encoding="utf-8")


def test_every_shared_definition_is_used() -> None:
    """common.json has no definition that no schema needs."""
    used = {name for kind in kinds() for name in schema(kind)["$defs"]}

    assert set() == set(read(COMMON)["$defs"]) - used


FAILING = [
    ("WhoCan", "who-can get secrets --demo -f x"),
    ("Access", "access alice --demo -n team-a --area kitchen"),
    ("Explanation", "explain bob --demo"),
    ("Check", "check --demo --for tea"),
    ("CanApply", "can-apply nowhere.yaml --demo"),
    ("Aggregation", "aggregation nobody --demo"),
    ("Profiles", "profiles nobody --demo"),
    ("Audit", "audit nobody --demo"),
    ("Review", "review nowhere.yaml --demo"),
    ("WhoAmI", "whoami --demo -o xml"),
    ("Resources", "resources --area kitchen --demo"),
    ("Version", "version --client --bogus"),
    ("Diff", "diff demo nowhere.yaml"),
]


@pytest.mark.parametrize(("kind", "line"), FAILING, ids=[line for _, line in FAILING])
def test_an_error_keeps_to_the_schema(kind: str, line: str) -> None:
    """The answer has one error and no items."""
    result = run(*shlex.split(line), "-o", "json")

    assert [] == errors(validator(kind), result.json)
    assert (kind, [], 1) == (result.json["kind"], result.json["items"], len(result.json["errors"]))
    assert result.stderr.startswith(f"error: {result.json['errors'][0]['message']}")


def test_every_command_has_a_schema() -> None:
    """Every command with machine formats is tested here."""
    assert set(COMMANDS) == {line.split()[0] for _, line in ALL} | set(LIVE) | WITHOUT
    assert {kind for kind, _ in ALL} | set(LIVE.values()) == set(kinds()) - {"Snapshot"}


@pytest.mark.parametrize(("kind", "line"), ALL, ids=[line for _, line in ALL])
def test_json_and_yaml_keep_to_the_schema(kind: str, line: str) -> None:
    """Both hold the same value, which keeps to the schema."""
    answer = answer_of(line, "json").json

    assert [] == errors(validator(kind), answer)
    assert answer == yaml.safe_load(answer_of(line, "yaml").stdout)


@pytest.mark.parametrize(("kind", "line"), BY_LINE, ids=[line for _, line in BY_LINE])
def test_a_line_of_json_is_one_item(kind: str, line: str) -> None:
    """Each line is an item of the envelope."""
    lines = [json.loads(text) for text in answer_of(line, "jsonl").lines]

    assert answer_of(line, "json").json["items"] == lines
    assert [] == [error for item in lines for error in errors(validator(kind, definition=LINES[kind]), item)]


TABLES = [
    "access --all-subjects --demo",
    "access --all-subjects --demo -A -a --area serving,rbac",
    "access --all-subjects --demo --resource pods/exec,widgets.example.com --any-type",
    "access --all-subjects -f - -A",
]


@pytest.mark.parametrize("line", TABLES)
def test_a_line_of_the_access_table_keeps_to_the_schema(line: str) -> None:
    """It has the same keys in the same order in every line."""
    checker = validator("Access", definition="TableLine")
    lines = [json.loads(text) for text in answer_of(line, "jsonl").lines]

    assert [] == [error for row in lines for error in errors(checker, row)]
    assert {tuple(schema("Access")["$defs"]["TableLine"]["properties"])} == {tuple(row) for row in lines}


@pytest.mark.parametrize(
    "change",
    [{"level": "owner"}, {"access": "-"}, {"plane": "mesh"}, {"binding": {}}, {"subject": "alice"}, {"x": 1}],
)
def test_a_spoilt_line_of_the_access_table_is_noticed(change: dict[str, Any]) -> None:
    """The schema is as strict as those of documents."""
    checker = validator("Access", definition="TableLine")
    row = json.loads(answer_of(TABLES[0], "jsonl").lines[0])

    assert [] != errors(checker, row | change)


@pytest.mark.parametrize("output", ["json", "yaml", "jsonl"])
def test_machine_formats_are_printable_ascii(output: str) -> None:
    """A terminal is safe from every character in a name."""
    hostile = CLUSTER.replace("name: ''", r'name: "\e[2J\u202e\x7f\x85中\U0001f600"')

    text = run("who-can", "get", "pods", "-f", "-", "-o", output, stdin=hostile.encode()).stdout

    assert "[2J" in text
    assert text.replace("\n", "").isascii()
    assert text.replace("\n", "").isprintable()


def broken(kind: str, line: str) -> list[tuple[str, Any]]:
    """Return (name, answer) pairs: real answers, each spoiled in one place."""
    answer = answer_of(line, "json").json
    spoiled = []

    def spoil(name: str, change: Any) -> None:
        copied = copy.deepcopy(answer)
        change(copied)
        spoiled.append((f"{kind}: {name}", copied))

    spoil("another version", lambda doc: doc.update(apiVersion="v2"))
    spoil("no items", lambda doc: doc.pop("items"))
    spoil("one key more", lambda doc: doc.update(more=1))
    spoil("an item with one key more", lambda doc: doc["items"][0].update(more=1))
    if kind == "WhoCan":
        spoil("an item without grants", lambda doc: doc["items"][0].update(grants=[]))
        spoil("an unknown kind of subject", lambda doc: doc["items"][0]["subject"].update(kind="Robot"))
        spoil("a user with a namespace", lambda doc: doc["items"][0]["subject"].update(namespace="a"))
        spoil("a grant without a path", lambda doc: doc["items"][0]["grants"][0].update(paths=[]))
        spoil("a path without a role", lambda doc: doc["items"][0]["grants"][0].update(paths=[[]]))
        spoil("gaps in what is complete", lambda doc: doc["coverage"].update(complete=False))
        spoil("a path beside a resource", lambda doc: doc["queries"][0].update(path="/metrics"))
        spoil("a rule about nothing", lambda doc: doc["items"][0]["grants"][0]["rule"].pop("resources"))
    if kind == "Access":
        spoil("a verb in no list", lambda doc: doc["items"][0].pop("denied"))
        spoil("an unknown plane", lambda doc: doc["items"][0].update(via="ssh"))
        spoil("no subject", lambda doc: doc.pop("subject"))
    if kind == "Explanation":
        spoil("an unknown decision", lambda doc: doc.update(decision="Maybe"))
        spoil("an item without a plane", lambda doc: doc["items"][0].pop("via"))
        spoil("a fix that applies nothing", lambda doc: doc["fix"][0].update(objects=[]))
        spoil("a plane left out", lambda doc: doc["items"][0]["planes"].pop("mesh"))
        spoil("an unknown near miss", lambda doc: doc["nearMisses"][0].update(miss="close"))
    if kind == "Calls":
        spoil("a call without a path", lambda doc: doc["items"][0].update(path=""))
        spoil("a verb on nothing", lambda doc: doc["items"][0].update(resource=""))
        spoil("a setting without a word", lambda doc: doc["settings"][0].update(what=""))
        spoil("a release that is none", lambda doc: doc["notIsolated"][0].update(until="2.5"))
    if kind == "Resources":
        spoil("a resource without verbs", lambda doc: doc["items"][0].update(verbs=[]))
    if kind == "Profiles":
        spoil("a member of an unknown kind", lambda doc: doc["items"][0]["members"][0].update(kind="guest"))
        spoil("an owner by nobody's word", lambda doc: doc["items"][0].update(ownerFrom=None))
        spoil("a finding without a message", lambda doc: doc["items"][0]["findings"][0].update(message=""))
        spoil("a plane left out", lambda doc: doc["items"][0]["members"][0]["counts"].pop("services"))
    if kind == "Bindings":
        spoil("an unknown kind of object", lambda doc: doc["items"][0]["object"].update(kind="Pod"))
    if kind == "Review":
        spoil("a review without an answer", lambda doc: doc["items"][0].pop("status"))
        spoil("a review by nobody", lambda doc: [doc["items"][0]["spec"].pop(k) for k in ("user", "groups")])
        spoil("an unknown answer that is a yes", lambda doc: doc["items"][0]["status"].update(
            allowed=True, evaluationError="not known: cannot list roles"
        ))  # fmt: skip
    return spoiled


def broken_trees(line: str) -> list[tuple[str, Any]]:
    """Return (name, answer) pairs: answers of `aggregation`, each spoiled in one place."""
    changes: dict[str, Any] = {
        "an item without a path": lambda doc: doc["items"][0].update(path=[]),
        "a part with selectors": lambda doc: doc["items"][0].update(aggregated=False),
        "a finding without a message": lambda doc: doc["findings"][0].pop("message"),
        "fewer rules than none": lambda doc: doc["items"][0].update(rules=-1),
    }
    spoiled = [(f"Aggregation: {name}", answer_of(line, "json").json) for name in changes]
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
    *broken("Audit", "audit --demo --with examples/opening.yaml"),
    *broken("Bindings", "access alice@example.com --bindings --demo"),
    *broken("Version", "version --client"),
]


@pytest.mark.parametrize(("what", "answer"), SPOILED, ids=[what for what, _ in SPOILED])
def test_the_schemas_reject_spoiled_answers(what: str, answer: Any) -> None:
    """An answer that is spoiled in one place is invalid."""
    assert [] != errors(validator(what.split(":")[0]), answer)


def test_the_schemas_are_part_of_the_package() -> None:
    """setup.cfg declares them, so that an installed program has them."""
    assert "schemas/*.json" in (REPOSITORY / "setup.cfg").read_text(encoding="utf-8")
