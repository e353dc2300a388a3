"""Compare facts about the demo cluster, worked out by hand, with the commands and a real server."""

from __future__ import annotations

import csv
import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from kubectl_kfaccess.commands import COMMANDS, PAGES
from kubectl_kfaccess.sources.files.files import DEMO
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load, wait_for_aggregation
from tests.running import NOWHERE, REPOSITORY, run

Fact = Mapping[str, Any]

FACTS: list[Fact] = yaml.safe_load(Path(__file__).with_name("facts.yaml").read_text(encoding="utf-8"))[
    "facts"
]

# Commands that do not exist yet, with the number of their facts; the facts are asserted once they exist.
TO_COME: dict[str, int] = {}


def of(command: str) -> list[Fact]:
    """Return the facts about one command."""
    return [fact for fact in FACTS if fact["command"].split()[0] == command]


WHO_CAN = [pytest.param(fact, id=fact["command"]) for fact in of("who-can")]


class Row(NamedTuple):
    """One grant: everything that distinguishes it from others in a fact."""

    group: str
    namespace: str
    kind: str
    subject: str
    binding: str
    role: str
    paths: frozenset[tuple[str, ...]]
    assumed: bool


@pytest.mark.parametrize("fact", WHO_CAN)
def test_who_can_lists_what_was_worked_out_by_hand(fact: Fact) -> None:
    """The rows are exactly those of the fact, each with all its paths."""
    answer = run(*shlex.split(fact["command"]), "--demo", "-o", "json").json

    assert sorted(expected_rows(fact)) == sorted(rows(answer))


@pytest.mark.parametrize("fact", WHO_CAN)
def test_who_can_asks_the_queries_of_the_fact(fact: Fact) -> None:
    """There is one query per API group, with the attributes that the API server would fill in."""
    nothing = {"group": "", "resource": "", "subresource": "", "name": "", "namespace": "", "path": ""}

    answer = run(*shlex.split(fact["command"]), "--demo", "-o", "json").json

    assert [{**nothing, **query} for query in fact["queries"]] == answer["queries"]


@pytest.mark.parametrize("fact", WHO_CAN)
def test_grants_that_do_not_count_in_kubeflow_are_marked(fact: Fact) -> None:
    """A group's grant of what one of Kubeflow's services asks is marked, and no other row is."""
    expected = [subject_of(row) for row in fact["rows"] if row.get("kubeflow") is False]

    table = csv.DictReader(run(*shlex.split(fact["command"]), "--demo", "-o", "csv").lines)

    marked = [row["SUBJECT"] for row in table if "kubectl only" in row["NOTE"]]
    assert sorted(expected) == sorted(marked)


@pytest.mark.parametrize("fact", WHO_CAN)
def test_subjects_that_can_get_only_named_objects_are_counted_and_listed_on_demand(fact: Fact) -> None:
    """`--include-named` adds exactly the subjects of the fact; without it, a note counts them."""
    expected = sorted((row["namespace"], subject_of(row)) for row in fact.get("namedOnly", ()))
    argv = (*shlex.split(fact["command"]), "--demo", "-o", "json")

    more = run(*argv, "--include-named").json["items"]
    noted = [note for note in run(*argv).notes if "--include-named" in note]

    # a fact without the key does not cover the controllers whose rules have names
    if "namedOnly" in fact:
        assert expected == sorted(
            (item["namespace"], spelled(item["subject"])) for item in more if "names" in item
        )
        assert len(expected) == int(noted[0].split()[0])
    assert bool(noted) == any("names" in item for item in more)


@pytest.mark.parametrize("fact", [pytest.param(fact, id=fact["fact"]) for fact in of("review")])
def test_review_answers_what_was_worked_out_by_hand(fact: Fact) -> None:
    """Each review of the fact is answered as the API server would."""
    reviews = "".join(json.dumps(review(row)) + "\n" for row in fact["rows"])

    answered = run("review", "-", "--demo", "-o", "jsonl", stdin=reviews.encode())

    assert [row["allowed"] for row in fact["rows"]] == [
        json.loads(line)["status"]["allowed"] for line in answered.lines
    ]


@pytest.mark.parametrize("fact", [pytest.param(fact, id=fact["command"]) for fact in of("access")])
def test_access_shows_what_was_worked_out_by_hand(fact: Fact) -> None:
    """Each cell has the level, verbs and names of the fact."""
    argv = (*shlex.split(fact["command"]), "--demo")
    items = {(i["namespace"], i["group"], i["resource"]): i for i in run(*argv, "-o", "json").json["items"]}

    for row in fact["rows"]:
        item = items[row["namespace"], row["group"], row["resource"]]
        assert row["cell"] == cell(argv, row)
        assert set(row.get("allowed", item["allowed"])) == set(item["allowed"])
        assert row.get("denied", item["denied"]) == item["denied"]
        assert row.get("allowedNames", item["allowedNames"]) == item["allowedNames"]


def cell(argv: tuple[str, ...], row: Mapping[str, Any]) -> str:
    """Return the level of one resource in one namespace in the wide table; virtual types have their group."""
    lines = list(csv.DictReader(run(*argv, "-o", "csv", "--no-fold").lines))
    (cells,) = (line for line in lines if line["NAMESPACE"] == row["namespace"])
    name = row["resource"].upper()
    # an apostrophe keeps a spreadsheet from reading `-` as a formula
    return cells[name if name in cells else f"{name}.{row['group'].upper()}"].removeprefix("'")


@pytest.mark.parametrize("fact", [pytest.param(fact, id=fact["command"]) for fact in of("explain")])
def test_explain_shows_what_was_worked_out_by_hand(fact: Fact) -> None:
    """It has the decision on each plane of the fact, what grants it, and the near misses."""
    answer = run(*shlex.split(fact["command"]), "--demo", "-o", "json").json

    for row in fact["rows"]:
        (item,) = (item for item in answer["items"] if item["via"] == row.get("via", item["via"]))
        assert row["decision"] == item["decision"]
        if "binding" in row:
            assert row["binding"] in {reference(grant["binding"]) for grant in item["grants"]}
        if "nearMiss" in row:
            assert row["nearMiss"] in [near(miss, row["nearMiss"]) for miss in item["nearMisses"]]


def reference(named: Mapping[str, Any]) -> str:
    """Return an object as the facts name it."""
    return f"{named['kind']}/{named['name']}"


def near(miss: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return a near miss with the keys that the fact has."""
    known = {"namespace": miss["binding"]["namespace"], "binding": reference(miss["binding"])}
    if miss["subject"]:
        known |= {"kind": miss["subject"]["kind"], "subject": miss["subject"]["name"]}
    if miss["miss"] == "danglingRole":
        known["dangling"] = reference(miss["role"])
    return {key: known.get(key) for key in wanted}


@pytest.mark.parametrize("fact", [pytest.param(fact, id=fact["command"]) for fact in of("check")])
def test_check_shows_what_was_worked_out_by_hand(fact: Fact) -> None:
    """It has the accounts that run steps, what they lack, and the releases of their roles."""
    answer = run(*shlex.split(fact["command"]), "--demo", "-o", "json").json

    for row in fact["rows"]:
        (item,) = (item for item in answer["items"] if item["namespace"] == row["namespace"])
        assert row["subject"] == item["subject"]["name"]
        assert row.get("mode", answer["mode"]) == answer["mode"]
        if "verb" in row:
            keys = ("verb", "group", "resource")
            (need,) = (need for need in item["needs"] if all(need[key] == row[key] for key in keys))
            assert (row["decision"], row["core"]) == (need["decision"], need["core"])
        elif "versions" in row:
            assert " - ".join(row["versions"]) in item["baseline"]["versions"]
            assert (row["missing"], row["added"]) == (item["baseline"]["missing"], item["baseline"]["added"])
        else:
            assert row["missing"] == [need for need in item["needs"] if need["decides"] and not need["met"]]


@pytest.mark.parametrize("fact", [pytest.param(fact, id=fact["command"]) for fact in of("aggregation")])
def test_aggregation_is_what_was_worked_out_by_hand(fact: Fact) -> None:
    """The tree has every path of the fact, and unserved names are the findings."""
    answer = run(*shlex.split(fact["command"]), "--demo", "-o", "json").json
    places = {tuple(item["path"]): item["rules"] for item in answer["items"]}

    for row in (row for row in fact["rows"] if "path" in row):
        assert tuple(row["path"]) in places
        assert row.get("rules", places[tuple(row["path"])]) == places[tuple(row["path"])]
    slips = [row for row in fact["rows"] if "severity" in row]
    if slips:
        assert sorted((row["severity"], row["role"]) for row in slips) == sorted(
            (finding["severity"], finding["object"]["name"]) for finding in answer["findings"]
        )
    for row in slips:
        (finding,) = (finding for finding in answer["findings"] if finding["object"]["name"] == row["role"])
        assert "aggregation-unserved-resource" == finding["id"]
        assert f"`{row['resource']}` in `{row['group']}`" in finding["message"]


_OF_PROFILES = [row for fact in of("profiles") for row in fact["rows"]]
PROFILES = [row for row in _OF_PROFILES if "profile" in row]
EVERYWHERE = [row for row in _OF_PROFILES if "everywhere" in row]
FINDINGS = {
    "broken": "profile-annotation-user-differs",
    "policyWithoutRoleBinding": "profile-policy-without-binding",
    "dangling": "profile-role-missing",
}
"""The finding for each key of a fact about profiles."""


def test_people_with_access_to_every_profile_are_what_was_worked_out_by_hand() -> None:
    """They are exactly the people of the fact, with its roles and bindings."""
    grants = run("profiles", "--demo", "-o", "json").json["inEveryProfile"]

    assert EVERYWHERE == [
        {
            "everywhere": grant["subject"]["name"],
            "kind": grant["subject"]["kind"],
            "role": grant["role"]["name"],
            "binding": grant["binding"]["name"],
            "kubeflow": {"yes"} == {answer for service, answer in services(grant) if service != "kfam"},
            "dashboard": grant["counts"]["services"]["kfam"] == "yes",
        }
        for grant in grants
    ]


def services(grant: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Return each service with its answer about a grant."""
    return grant["counts"]["services"].items()


@pytest.mark.parametrize("row", PROFILES, ids=[f"{row['profile']} {[*row][1]}" for row in PROFILES])
def test_profiles_are_what_was_worked_out_by_hand(row: Mapping[str, Any]) -> None:
    """Owners, contributors and others are those of the fact, and what is broken is a finding."""
    items = {item["name"]: item for item in run("profiles", "--demo", "-o", "json").json["items"]}
    item = items[row["profile"]]
    members = {(member["binding"] or {}).get("name"): member for member in item["members"]}
    beside = [
        member
        for member in item["members"]
        if member["kind"] in ("group", "foreign", "other") and member["binding"]
    ]
    identities = [identity["identity"] for identity in item["cloudIdentities"]]
    findings = {(finding["id"], finding["object"]["name"]) for finding in item["findings"]}

    assert row.get("owner", item["owner"]["name"]) == item["owner"]["name"]
    if "contributors" in row:
        assert row["contributors"] == {
            member["subject"]["name"]: member["dashboard"]["role"]
            for member in item["members"]
            if member["kind"] == "contributor" and member["dashboard"]["user"] == member["subject"]["name"]
        }
    if "unmanaged" in row:
        assert row["unmanaged"] == [f"RoleBinding/{member['binding']['name']}" for member in beside]
    if "cloudIdentity" in row:
        assert [row["cloudIdentity"]] == identities
    for key, finding in FINDINGS.items():
        if key in row:
            assert (finding, row[key].removeprefix("RoleBinding/")) in findings
    if "broken" in row:
        member = members[row["broken"].removeprefix("RoleBinding/")]
        assert (row["shown"], row["subject"]) == (member["dashboard"]["user"], member["subject"]["name"])
        assert (row["policy"] == "missing") == (member["policy"] is None)


def test_resources_are_what_the_fact_says() -> None:
    """The fact has what the demo serves, what it does not serve, and what no API serves."""
    ((*rows_of,),) = [fact["rows"] for fact in of("resources")]

    items = {(i["group"], i["resource"]): i for i in run("resources", "--demo", "-o", "json").json["items"]}

    for row in rows_of:
        item = items[row["group"], row["resource"]]
        assert row == {key: item[key] for key in row}


def test_the_demo_knows_who_asks() -> None:
    """Every command works there without a SUBJECT."""
    (fact,) = of("whoami")

    answer = run("whoami", "--demo", "-o", "json")

    (row,) = fact["rows"]
    assert 0 == answer.status
    assert row == {key: json.loads(answer.stdout)[key] for key in row}


def test_the_default_roles_are_those_of_the_version_in_the_facts() -> None:
    """Kubernetes' default roles complete the demo."""
    ((row,),) = [fact["rows"] for fact in of("version")]

    notes = run("who-can", "get", "pods", "--demo", "-v", "1").notes

    assert [row["kubernetes"]] == [
        ".".join(note.split("Kubernetes ")[1].split()[0].split(".")[:2])
        for note in notes
        if note.startswith("the default roles and bindings of Kubernetes ")
    ]


def test_a_snapshot_has_the_objects_of_the_demo() -> None:
    """It is printed as JSON, with the objects by resource."""
    (fact,) = of("snapshot")

    objects = json.loads(run("snapshot", "--demo").stdout)["objects"]

    assert fact["rows"] == [
        {"kind": "Profile", "count": len(objects["profiles"])},
        {"kind": "Namespace", "count": len(objects["namespaces"])},
    ]
    assert {"team-a", "team-b", "team-c"} == {
        binding["metadata"]["namespace"]
        for binding in objects["rolebindings"]
        if binding["metadata"]["name"] == "namespaceAdmin"
    }


def test_facts_of_future_commands_are_counted() -> None:
    """Each fact is about a command that exists, or about one that is listed as future."""
    counted = Counter(fact["command"].split()[0] for fact in FACTS)

    assert TO_COME == {command: count for command, count in counted.items() if command not in COMMANDS}
    assert set(COMMANDS) - set(PAGES) == {command for command in counted if command in COMMANDS}


@pytest.mark.parametrize("fact", [pytest.param(fact, id=fact["command"]) for fact in of("diff")])
def test_diff_names_who_loses_access(fact: Fact) -> None:
    """And nobody else, in no other namespace."""
    items = run(*shlex.split(fact["command"]), "--demo", "-o", "json").json["items"]

    losing = {
        (namespace, entry["subject"]["kind"], entry["subject"]["name"])
        for item in items
        for entry in item["who"]
        for namespace in entry["namespaces"]
        if item["lost"]
    }
    assert {(row["namespace"], row["kind"], row["subject"]) for row in fact["rows"]} == losing
    assert {"removed"} == {row["change"] for row in fact["rows"]}


def test_the_page_has_a_part_for_everything() -> None:
    """Each part has an anchor, which begins with what it is about."""
    (fact,) = of("report")

    anchors = re.findall(r'<(?:details|article)[^>]* id="([a-z]+)-', run("report", "--demo").stdout)

    counted = Counter(anchors)
    assert fact["rows"] == [{"kind": row["kind"], "count": counted[row["kind"]]} for row in fact["rows"]]


@pytest.mark.parametrize("fact", [pytest.param(fact, id=fact["command"]) for fact in of("audit")])
def test_audit_names_who_crosses(fact: Fact) -> None:
    """And who can act as that subject; nobody else crosses."""
    (way,) = [way for way in run("audit", "--demo", "-o", "json").json["reach"] if way["crosses"]]

    (row,) = fact["rows"]
    assert row["namespace"] == way["to"]
    assert [row["binding"]] == [f"{each['kind']}/{each['name']}" for each in way["bindings"]]
    assert [(row["subjectNamespace"], row["subject"])] == [
        (each["namespace"], each["name"]) for each in way["subjects"]
    ]
    assert row["people"] == [each["name"] for each in way["through"]]


@pytest.mark.parametrize("fact", [pytest.param(fact, id=fact["command"]) for fact in of("can-apply")])
def test_can_apply_says_which_object_is_refused(fact: Fact) -> None:
    """In the order of the file."""
    items = run(*shlex.split(fact["command"]), "--demo", "-o", "json", cwd=REPOSITORY).json["items"]

    rows = [(row["kind"], row["name"], row["decision"]) for row in fact["rows"]]
    assert rows == [(each["object"]["kind"], each["object"]["name"], each["decision"]) for each in items]


@pytest.mark.parametrize("fact", [pytest.param(fact, id=fact["command"]) for fact in of("completion")])
def test_completion_prints_the_same_script_for_every_cluster(fact: Fact, tmp_path: Path) -> None:
    """It registers the executable with the shell, and has no names of the cluster."""
    elsewhere = {**NOWHERE, "HOME": str(tmp_path), "KUBECONFIG": str(tmp_path / "config")}

    here, there = (run(*shlex.split(fact["command"]), environ=environ) for environ in (NOWHERE, elsewhere))

    assert (0, here.stdout) == (there.status, there.stdout)
    assert "kubectl-kfaccess\n" in here.stdout


@pytest.mark.parametrize("fact", [pytest.param(fact, id=fact["command"]) for fact in FACTS])
def test_every_fact_is_a_sentence_about_a_command_line(fact: Fact) -> None:
    """A fact has a command that a shell can split, a sentence, and rows that are mappings."""
    argv = shlex.split(fact["command"])

    assert argv[0] in (*COMMANDS, *TO_COME)
    assert fact["fact"].strip()
    assert all(isinstance(row, dict) for row in fact["rows"])


@pytest.fixture(scope="module")
def live(plane: ControlPlane) -> Iterator[tuple[str, ...]]:
    """Yield the flags that make a command ask a real server with the demo's objects."""
    objects = [
        manifest
        for file in sorted(DEMO.glob("*.yaml"))
        for manifest in yaml.safe_load_all(file.read_text(encoding="utf-8"))
        if manifest
    ]
    refused = load(plane, objects, replace=True)
    assert [] == refused
    wait_for_aggregation(plane)
    yield ("--kubeconfig", str(plane.kubeconfig("admin")))
    clear(plane)


@pytest.mark.server
@pytest.mark.parametrize("fact", WHO_CAN)
def test_a_server_with_the_same_objects_gives_the_same_rows(
    fact: Fact, live: tuple[str, ...], tmp_path: Path
) -> None:
    """The demo gives the same answers as a real cluster; only in the demo are built-in roles assumed."""
    argv = (*shlex.split(fact["command"]), "-o", "json")

    there = run(*argv, *live, environ={**NOWHERE, "KUBECACHEDIR": str(tmp_path)})

    assert (0, "") == (there.status, "".join(line for line in there.stderr.splitlines() if "error" in line))
    assert [row._replace(assumed=False) for row in sorted(rows(run(*argv, "--demo").json))] == sorted(
        rows(there.json)
    )


def rows(answer: Mapping[str, Any]) -> list[Row]:
    """Return the rows of a machine answer: one per item and binding, with the paths of all its rules."""
    paths_by_grant: dict[tuple[Any, ...], set[tuple[str, ...]]] = {}
    for item in answer["items"]:
        for grant in item["grants"]:
            key = (
                item["group"],
                item["namespace"],
                item["subject"]["kind"],
                spelled(item["subject"]),
                f"{grant['binding']['kind']}/{grant['binding']['name']}",
                f"{grant['role']['kind']}/{grant['role']['name']}",
                grant["assumed"],
            )
            paths_by_grant.setdefault(key, set()).update(map(tuple, grant["paths"]))
    return [Row(*key[:-1], frozenset(paths), key[-1]) for key, paths in paths_by_grant.items()]


def expected_rows(fact: Fact) -> list[Row]:
    """Return the rows of a fact; if it asks about only one API group, its rows leave the group out."""
    group = fact["queries"][0].get("group", "")
    return [
        Row(
            row.get("group", group),
            row["namespace"],
            row["kind"],
            subject_of(row),
            row["binding"],
            row["role"],
            frozenset(map(tuple, row["paths"])),
            row.get("assumed", False),
        )
        for row in fact["rows"]
    ]


def subject_of(row: Mapping[str, Any]) -> str:
    """Return the subject of a fact's row; accounts have their namespace."""
    return f"{row['subjectNamespace']}/{row['subject']}" if "subjectNamespace" in row else row["subject"]


def spelled(subject: Mapping[str, str]) -> str:
    """Return the subject of a machine item; accounts have their namespace."""
    return f"{subject['namespace']}/{subject['name']}" if "namespace" in subject else subject["name"]


def review(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the SubjectAccessReview for a fact's row."""
    attributes = {key: row[key] for key in ("verb", "group", "resource", "name", "namespace") if key in row}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": row["user"], "groups": row["groups"], "resourceAttributes": attributes},
    }
