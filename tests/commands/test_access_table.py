"""`access --all-subjects`: the table says of each subject what `access` says, with evidence in each row."""

from __future__ import annotations

import csv
import json
import os
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.resolve.subject_words import parse_subject
from tests.benchmarks.bigger import demo
from tests.commands.table_world import table_world
from tests.running import Result, run

SEED = int(os.environ.get("KFACCESS_SEED") or secrets.randbelow(10**9))
SUBJECTS = 50
WORDS = 15  # of how many subjects the column AS is compared as well
Line = dict[str, Any]
Key = tuple[str, str, str, str]
Verbs = dict[Key, set[str]]


def table(*argv: str, output: str = "jsonl", status: int = 0) -> list[Line]:
    """Return the lines of the table."""
    answer = run("access", "--all-subjects", "-o", output, *argv)
    assert status == answer.status, answer.stderr
    return list(csv.DictReader(answer.lines)) if output == "csv" else list(map(json.loads, answer.lines))


@dataclass(frozen=True)
class World:
    """A random cluster in a file, and its table by subject."""

    file: str
    lines: list[Line]

    def of(self, subject: str) -> list[Line]:
        return [line for line in self.lines if line["subject"]["ref"] == subject]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return the cluster of this run's seed."""
    file = tmp_path_factory.mktemp("world") / "cluster.json"
    items = [*demo(), *table_world(Random(SEED))]
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    answer = run("access", "--all-subjects", "-o", "jsonl", "-A", "-f", str(file))
    return World(str(file), list(map(json.loads, answer.lines)))


def resource_of(item: Line, plane: str) -> Key:
    return item["group"], item["resource"], item["subresource"], item[plane]


def verbs_of(items: Iterable[Line], key: str, plane: str) -> Verbs:
    """Return what the lists called *key* hold, by resource and plane, without empty ones."""
    verbs: dict[Key, set[str]] = defaultdict(set)
    for item in items:
        verbs[resource_of(item, plane)].update(item[key])
    return {resource: names for resource, names in verbs.items() if names}


def named_of(items: Iterable[Line], plane: str) -> dict[Key, dict[str, list[str]]]:
    return {resource_of(item, plane): item["allowedNames"] for item in items if item["allowedNames"]}


def by_namespace(items: Iterable[Line]) -> dict[str, list[Line]]:
    places: dict[str, list[Line]] = defaultdict(list)
    for item in items:
        places[item["namespace"]].append(item)
    return places


def groups_of_all(reference: str) -> tuple[str, ...]:
    """Return the groups that everybody like the subject is in, as SUBJECT is typed."""
    subject = parse_subject(reference, "")
    assert subject
    return tuple(f"group:{name}" for name in identified(subject).implied)


def as_words(world: World, reference: str) -> Iterator[tuple[str, str]]:
    """Yield each namespace with the word that `access` has in the column AS, `-` where nothing is granted."""
    for row in csv.DictReader(run("access", reference, "-A", "-o", "csv", "-f", world.file).lines):
        yield "" if row["NAMESPACE"] == "<all>" else row["NAMESPACE"], row["AS"]


def test_rows_and_sums_are_those_of_access(world: World, record_property: Any) -> None:
    """
    Where a subject has lines they are what `access` says; elsewhere it has what holds in the whole cluster.

    That is in the lines of the subject and of the groups that everybody like it is in.
    """
    references = sorted({line["subject"]["ref"] for line in world.lines})
    sample = Random(SEED).sample(references, min(SUBJECTS, len(references)))
    assert len(sample) == SUBJECTS, f"seed {SEED}"
    total: Counter[str] = Counter()
    for number, reference in enumerate(sample):
        where = f"seed {SEED}, {reference}"
        answer = run("access", reference, "-A", "-o", "json", "-f", world.file).json
        items, lines = by_namespace(answer["items"]), by_namespace(world.of(reference))
        words = dict(as_words(world, reference)) if number < WORDS else {}
        for namespace, expected in items.items():
            rows = lines.pop(namespace, [])
            if not rows:
                compare_elsewhere(world, reference, namespace, expected, where)
                total["elsewhere"] += 1
                continue
            for key, name in (("allowed", "verbs"), ("unknown", "unknown")):
                assert verbs_of(expected, key, "via") == verbs_of(rows, name, "plane"), (where, namespace)
                total[name] += sum(len(row[name]) for row in rows)
            assert named_of(expected, "via") == named_of(rows, "plane"), (where, namespace)
            filled = [item for item in expected if item["allowed"] or item["unknown"] or item["allowedNames"]]
            order = [resource_of(item, "via") for item in filled]
            assert order == [resource_of(row, "plane") for row in rows], (where, namespace)
            (word,) = {"owner" if row["relation"] == "owner" else row["level"] for row in rows}
            assert words.get(namespace, "-") in ("-", word), (where, namespace)
            total["words"] += words.get(namespace, "-") != "-"
            total["rows"] += len(rows)
        assert {} == lines, where
    record_property("figures", f"access table: seed {SEED}, {len(sample)} subjects, {dict(total)}")
    assert total["rows"] > 500, f"seed {SEED}: {total}"
    assert total["elsewhere"] > 50, f"seed {SEED}: {total}"
    assert total["words"] > 3, f"seed {SEED}: {total}"


def compare_elsewhere(world: World, reference: str, namespace: str, items: list[Line], where: str) -> None:
    """A namespace without lines has what the subject has everywhere, and what its groups have there."""
    lines = [line for line in world.of(reference) if line["namespace"] == ""]
    for group in groups_of_all(reference):
        lines += [line for line in world.of(group) if line["namespace"] in ("", namespace)]
    if namespace:  # in the whole cluster there are cluster-scoped resources as well
        known = {resource_of(item, "via") for item in items}
        lines = [line for line in lines if resource_of(line, "plane") in known]

    assert verbs_of(items, "allowed", "via") == verbs_of(lines, "verbs", "plane"), (where, namespace)


def test_every_row_has_its_evidence(world: World) -> None:
    """The first binding names the subject or their group, and refers to the role that begins the path."""
    objects = json.loads(Path(world.file).read_text())["items"]
    known = {
        (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]): item
        for item in objects
    }
    seen = 0
    for line in world.lines:
        binding = known.get(tuple(line["binding"].values()))
        if binding is None:  # a default of Kubernetes
            continue
        seen += 1
        assert binding["roleRef"]["name"] == line["role"]["name"]
        assert [line["role"]["name"]] == line["path"][:1] or not (line["verbs"] or line["allowedNames"])
        names = {(subject["kind"], subject["name"]) for subject in binding["subjects"]}
        expected = (
            ("Group", line["through"])
            if line["through"]
            else (line["subject"]["kind"], line["subject"]["name"])
        )
        assert expected in names, (SEED, line)
        assert line["binding"] not in line["alsoBy"]
        assert line["plane"] == "kubectl" or not line["through"], (SEED, line)
    assert seen > 500


def user_name(subject: Line) -> tuple[str, str]:
    """Return the kind and the name that the API server knows."""
    if subject["kind"] == "ServiceAccount":
        return "User", f"system:serviceaccount:{subject['namespace']}:{subject['name']}"
    return subject["kind"], subject["name"]


def test_the_lines_are_in_a_fixed_order(world: World) -> None:
    """Groups, then users and accounts, then by namespace; the same bytes every time."""
    places = [(*user_name(line["subject"]), line["namespace"]) for line in world.lines]

    assert sorted(places) == places
    again = run("access", "--all-subjects", "-o", "jsonl", "-A", "-f", world.file)
    assert [json.dumps(line) for line in world.lines] == again.lines


def test_csv_says_the_same(world: World) -> None:
    """A row for each line, with names that can be read back."""
    rows = table("-A", "-f", world.file, output="csv", status=3)

    assert [(line["subject"]["ref"], line["namespace"] or "<all>") for line in world.lines] == [
        (row["SUBJECT"], row["NAMESPACE"]) for row in rows
    ]
    for line, row in zip(world.lines, rows, strict=True):
        assert ",".join(line["verbs"]) == row["VERBS"]
        assert ",".join(line["unknown"]) == row["UNKNOWN"]
        assert " <- ".join(line["path"]) == row["PATH"]
        assert (line["level"], line["access"], line["plane"]) == (row["LEVEL"], row["ACCESS"], row["PLANE"])
        assert f"{line['binding']['kind']}/{line['binding']['name']}" == row["BINDING"]
        assert line["platform"] is (row["PLATFORM"] == "yes")
        assert len(line["alsoBy"]) == len(list(filter(None, row["ALSO-BY"].split(", "))))


def test_an_aggregation_cycle_leaves_rows_open(world: World) -> None:
    """What the controller keeps or drops by chance is unknown, and the status says so."""
    answer = run("access", "--all-subjects", "-o", "jsonl", "-A", "-f", world.file)
    unknown = [line for line in world.lines if line["unknown"]]

    assert (3 if unknown else 0) == answer.status, f"seed {SEED}"


# --- the demo ----------------------------------------------------------------------------------------------


def rows_of(lines: Iterable[Line], reference: str, namespace: str, resource: str) -> list[Line]:
    wanted = (reference, namespace, resource)
    return [
        line
        for line in lines
        if (line["subject"]["ref"], line["namespace"], line["resource"]) == wanted
        and line["plane"] == "kubectl"
    ]


def test_a_row_of_the_demo() -> None:
    """The contributor edits models by a binding whose role has the rule from KServe's."""
    (line,) = rows_of(table("--demo"), "dave@example.com", "team-a", "inferenceservices")

    assert {
        "cluster": "demo",
        "subject": {"kind": "User", "name": "dave@example.com", "ref": "dave@example.com"},
        "namespace": "team-a",
        "group": "serving.kserve.io",
        "resource": "inferenceservices",
        "subresource": "",
        "area": "serving",
        "plane": "kubectl",
        "verbs": ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
        "unknown": [],
        "allowedNames": {},
        "access": "all",
        "level": "edit",
        "relation": "contributor",
        "platform": False,
        "through": "",
        "binding": {
            "kind": "RoleBinding",
            "namespace": "team-a",
            "name": "user-dave-example-com-clusterrole-edit",
        },
        "role": {"kind": "ClusterRole", "namespace": "", "name": "kubeflow-edit"},
        "alsoBy": [],
        "path": ["kubeflow-edit", "kubeflow-kserve-edit"],
    } == line


@pytest.mark.parametrize(
    ("subject", "namespace", "relation", "level"),
    [
        ("alice@example.com", "team-a", "owner", "admin"),
        ("alice@example.com", "team-b", "contributor", "view"),
        ("group:platform-admins", "", "everywhere", "admin"),
        ("group:ml-team", "team-a", "group", "edit"),
        ("sa:team-b/default-editor", "team-a", "foreign", "edit"),
        ("sa:team-a/default-editor", "team-a", "ownAccount", "edit"),
        ("sa:team-c/model-server", "team-c", "ownAccount", "some"),
    ],
)
def test_relations_and_levels(subject: str, namespace: str, relation: str, level: str) -> None:
    """They are of the subject in the namespace, so all of its rows there have the same."""
    rows = [
        line
        for line in table("--demo")
        if (line["subject"]["ref"], line["namespace"]) == (subject, namespace)
    ]

    assert {(relation, level)} == {(row["relation"], row["level"]) for row in rows}


def test_a_secret_by_name() -> None:
    """A grant for certain names is no grant of the verb."""
    (line,) = rows_of(table("--demo"), "sa:team-c/model-server", "team-c", "secrets")

    assert ([], {"get": ["model-registry-token"]}, "named") == (
        line["verbs"],
        line["allowedNames"],
        line["access"],
    )


def test_members_of_groups_have_rows_of_their_own(tmp_path: Path) -> None:
    """With `--people`, which also says who is in no file of it."""
    people = tmp_path / "people.csv"
    people.write_text("user,group\nzoe@example.com,ml-team\nalice@example.com,\n")
    answer = run("access", "--all-subjects", "-o", "jsonl", "--demo", "--people", str(people))
    lines = list(map(json.loads, answer.lines))

    (line,) = rows_of(lines, "zoe@example.com", "team-a", "notebooks")
    assert ("ml-team", "group", "edit") == (line["through"], line["relation"], line["level"])
    assert line["verbs"] == rows_of(lines, "group:ml-team", "team-a", "notebooks")[0]["verbs"]
    assert f"that bindings name are not in `{people}`" in answer.stderr


def test_namespaces_resources_and_planes_are_chosen_as_usual() -> None:
    """`-n` keeps what holds everywhere; `--resource`, `--verb` and `--via` narrow the rows."""
    lines = table("--demo", "-n", "team-a", "--resource", "secrets", "--verb", "get,delete")

    assert {"", "team-a"} == {line["namespace"] for line in lines}
    assert {"secrets"} == {line["resource"] for line in lines}
    assert {"get", "delete"} == {verb for line in lines for verb in line["verbs"]}
    assert {"kubeflow"} == {line["plane"] for line in table("--demo", "--via", "kubeflow")}


def test_the_header_can_be_left_out() -> None:
    """As with every table."""
    answer, bare = (
        run("access", "--all-subjects", "-o", "csv", "--demo", *more) for more in ((), ("--no-headers",))
    )

    assert answer.lines[1:] == bare.lines
    assert answer.lines[0].startswith("CLUSTER,SUBJECT,NAMESPACE,")


def test_an_assumed_change_counts() -> None:
    """As with every command that reads a cluster."""
    lines = table("--demo", "--with", "examples/new-binding.yaml")

    assert rows_of(lines, "zoe@example.com", "team-a", "notebooks")
    assert not rows_of(table("--demo"), "zoe@example.com", "team-a", "notebooks")


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("", "`--all-subjects` cannot be written as `table`: it can have millions of lines", "-o csv"),
        ("-o json", "`--all-subjects` cannot be written as `json`", "add `-o jsonl` or `-o csv`"),
        ("alice@example.com -o csv", "`--all-subjects` and `SUBJECT` cannot be combined", ""),
        ("--compare bob@example.com -o csv", "`--all-subjects` and `--compare` cannot be combined", ""),
        ("--bindings -o csv", "`--all-subjects` and `--bindings` cannot be combined", ""),
        ("--group ml-team -o csv", "`--people` knows the groups of all", ""),
        ("--sort-by LEVEL -o csv", "the lines are written in a fixed order", ""),
    ],
)
def test_what_does_not_go_with_it(line: str, message: str, hint: str) -> None:
    """Each is a usage error that says what to type."""
    answer: Result = run("access", "--all-subjects", "--demo", *line.split())

    assert answer.status == 2
    assert message in answer.stderr
    assert hint in answer.stderr


GRANTS_MOST = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: few, namespace: team}
rules: [{verbs: [get], apiGroups: [''], resources: [secrets, pods/exec]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: few, namespace: other}
rules: [{verbs: [delete], apiGroups: [''], resources: [secrets]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: team}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: few}
subjects: [{kind: User, name: alice@example.com, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: other}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: few}
subjects: [{kind: User, name: alice@example.com, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: few, namespace: third}
rules: [{verbs: [watch], apiGroups: [''], resources: [secrets]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: third}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: few}
subjects: [{kind: User, name: alice@example.com, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: team}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view-secrets}
subjects: [{kind: User, name: alice@example.com, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: view-secrets}
rules: [{verbs: [get, list], apiGroups: [''], resources: [secrets]}]
"""


def test_the_binding_that_grants_most_comes_first() -> None:
    """The others follow, and Roles of the same name in two namespaces are two roles."""
    argv = ("access", "--all-subjects", "-o", "jsonl", "-A", "--resource", "secrets", "-f", "-")
    lines = [json.loads(line) for line in run(*argv, stdin=GRANTS_MOST.encode()).lines if "alice" in line]

    assert [
        ("other", ["delete"], "a", []),
        ("team", ["get", "list"], "b", ["a"]),
        ("third", ["watch"], "a", []),
    ] == [
        (line["namespace"], line["verbs"], line["binding"]["name"], [each["name"] for each in line["alsoBy"]])
        for line in lines
    ]


UNREAD = """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: team}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: strange}
subjects: [{kind: User, name: alice@example.com, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: strange}
rules: [{verbs: get, apiGroups: [''], resources: [pods]}]
"""


def test_a_role_that_cannot_be_read_leaves_its_rows_unknown() -> None:
    """They are there, with the binding, and the status is 3."""
    answer = run("access", "--all-subjects", "-o", "jsonl", "-A", "-f", "-", stdin=UNREAD.encode())
    rows = [json.loads(line) for line in answer.lines if "alice" in line]

    assert answer.status == 3
    assert rows and all(row["unknown"] and not row["verbs"] for row in rows)
    assert {"strange"} == {row["role"]["name"] for row in rows}
    assert {"unknown"} == {row["access"] for row in rows}
    assert "strange" in answer.stderr
