"""`diff`: who gets into another tenant by steps, although nothing changes for them directly."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands.test_diff import diff, who
from tests.commands.test_hypothetical import ZOE, binding, cluster_role, rule, written
from tests.commands.test_terminal import COLOR, on_terminal
from tests.running import REPOSITORY, Result, run

BOB = "bob@example.com"
EDITOR_B = {"kind": "ServiceAccount", "name": "default-editor", "namespace": "team-b"}
VIEW_PART = "aggregate-to-kubeflow-pipelines-view"
ALICE = "alice@example.com"
"""Owns team-a, and can view team-b, where viewers can be created, so that code runs."""


def pipelines_of_team_b(role: str = "kubeflow-edit", namespace: str = "team-c") -> dict[str, Any]:
    """Return a binding in another tenant to the account that team-b runs its code as."""
    return {**binding("pipelines", role, namespace=namespace), "subjects": [EDITOR_B]}


def by_steps(result: Result) -> dict[str, dict[str, Any]]:
    """Return the items of those who get in by steps, by subject."""
    items = [item for item in result.json["items"] if not item["direct"]]
    return {ref: item for item in items for ref in who(item)}


@pytest.fixture
def granted(tmp_path: Path) -> str:
    """Return a file that lets the editor of team-b edit in team-c."""
    return written(tmp_path, pipelines_of_team_b())


def test_who_runs_code_as_an_account_gains_what_the_account_gains(granted: str) -> None:
    """Bob, although no binding of his changes; and all others of other tenants who run code in team-b."""
    result = diff("-f", granted)
    items = by_steps(result)

    assert {BOB, ALICE, "sa:team-b/default-viewer"} == items.keys()
    item = items[BOB]
    assert {BOB: ["team-c"]} == who(item)
    assert (True, True, "edit") == (item["crossesTenant"], item["proved"], item["level"])
    assert [] == item["gained"] == item["maybeGained"]
    code, account = item["steps"]
    assert ("code", "team-b", "RoleBinding") == (
        code["reaches"], code["namespace"], code["grants"][0]["binding"]["kind"],
    )  # fmt: skip
    assert "sa:team-b/default-editor" == account["to"]["ref"]
    (cause,) = item["because"]
    assert ({"kind": "RoleBinding", "namespace": "team-c", "name": "pipelines"}, granted) == (
        cause["object"], cause["file"],
    )  # fmt: skip
    assert {"crossTenant": 4, "crossTenantBySteps": 3, "maybeCrossTenantBySteps": 0}.items() <= (
        result.json["summary"].items()
    )


def test_a_contributor_without_a_profile_is_at_home_nowhere(granted: str) -> None:
    """Grace edits in team-b and owns nothing, so nothing that she gains crosses."""
    assert "Grace@Example.com" not in by_steps(diff("-f", granted))


def test_a_role_that_lets_its_holders_run_code_opens_what_their_accounts_can(tmp_path: Path) -> None:
    """A viewer of Kubeflow Pipelines runs as any account: with it, kubeflow-view leads on to team-a."""
    before = _demo_without_viewers(tmp_path)
    result = run("diff", before, "demo", "-o", "json")
    items = by_steps(result)

    assert {ALICE: ["team-b"]} != who(items.get(ALICE, {"who": []}))  # the owner has shared it with her
    item = items["sa:team-b/default-viewer"]
    assert {"sa:team-b/default-viewer": ["team-a"]} == who(item)
    assert ["run-viewer", "use-account"] == [step["id"] for step in item["steps"]]
    assert {VIEW_PART} == {cause["object"]["name"] for cause in item["because"]}
    assert BOB not in items  # he owns team-b, so ran code there before


DEMO = REPOSITORY / "kubectl_kfaccess" / "sources" / "demo"


@pytest.mark.parametrize(("resource", "is_marked"), [("secrets", True), ("configmaps", False)])
def test_more_of_a_tenant_that_was_reached_before_counts_if_it_leads_on(
    resource: str, is_marked: bool, tmp_path: Path
) -> None:
    """Bob could view team-c as the account: reading secrets is new, and one more type is not a new way."""
    shutil.copytree(DEMO, tmp_path / "before")
    written(tmp_path / "before", pipelines_of_team_b("kubeflow-view"))
    more = {**pipelines_of_team_b("more"), "metadata": {"name": "more", "namespace": "team-c"}}
    file = written(tmp_path, cluster_role("more", rule("get", "", resource)), more)
    result = run("diff", str(tmp_path / "before"), "-f", file, "-o", "json")

    assert is_marked == (BOB in by_steps(result))


def _demo_without_viewers(folder: Path) -> str:
    """Write the demo as it would be if nobody could create viewers by kubeflow-view; return the folder."""
    before = folder / "before"
    before.mkdir()
    changed = 0
    for file in sorted(DEMO.glob("*.yaml")):
        documents = [each for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each]
        for each in documents:
            if each["metadata"]["name"] == VIEW_PART:
                rules = [one for one in each["rules"] if one["resources"] != ["viewers"]]
                changed += len(each["rules"]) - len(rules)
                each["rules"] = rules
        (before / file.name).write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    assert changed == 1
    return str(before)


@pytest.mark.parametrize(
    "objects",
    [
        (pipelines_of_team_b("kubeflow-view", "team-a"),),  # the account edits there already
        (binding("new", "kubeflow-view", ZOE),),
        (binding("new", "kubeflow-admin", BOB, namespace="team-b"),),
        (cluster_role("only", rule("get", "x.example", "things")),),
    ],
    ids=["less than before", "at home nowhere", "at home", "bound to nobody"],
)
def test_what_adds_no_way_is_not_marked(objects: tuple[Any, ...], tmp_path: Path) -> None:
    """Neither is a way that was there before: bob reaches team-a through team-b's account in the demo."""
    result = diff("-f", written(tmp_path, *objects), "--fail-on", "crosses-tenant")

    assert ({}, 0, 0) == (by_steps(result), result.json["summary"]["crossTenantBySteps"], result.status)


def test_what_is_lost_is_no_gain() -> None:
    """The way into team-a ends with the binding."""
    result = diff("--without", "rolebinding/team-a/team-b-pipelines", "--fail-on", "crosses-tenant")

    assert ({}, 0) == (by_steps(result), result.status)


def test_a_new_profile_does_not_cross(tmp_path: Path) -> None:
    """Its owner reaches what is theirs; that pods can be near to nodes is not new."""
    owner = {"kind": "User", "name": "nadia@example.com"}
    profile = {"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": {"name": "team-new"}}
    file = written(tmp_path, {**profile, "spec": {"owner": owner}})
    result = diff("-f", file, "--fail-on", "crosses-tenant")

    assert ({}, 0) == (by_steps(result), result.status)


def test_what_is_shared_on_the_dashboard_does_not_cross(tmp_path: Path) -> None:
    """Who edits a shared profile runs code there, which the owner wants."""
    shared = binding("user-bob-example-com-clusterrole-edit", "kubeflow-edit", BOB, namespace="team-c")
    shared["metadata"]["annotations"] = {"role": "edit", "user": BOB}

    assert {} == by_steps(diff("-f", written(tmp_path, shared)))


def test_a_profile_keeps_the_other_labels_of_its_namespace() -> None:
    """So that applying it anew opens no way to a node, from which Pod Security keeps its pods."""
    assert {} == by_steps(diff("-f", str(DEMO / "profiles.yaml")))


def test_an_account_that_does_not_exist_can_be_created(tmp_path: Path) -> None:
    """Bob can create accounts in team-b, so the binding of another tenant to a free name is his."""
    new = {**binding("new", "kubeflow-edit", namespace="team-c"), "subjects": [{**EDITOR_B, "name": "free"}]}
    items = by_steps(diff("-f", written(tmp_path, new)))

    assert ["adopt-name"] == [step["id"] for step in items[BOB]["steps"]]


def test_what_everybody_gains_is_not_repeated(tmp_path: Path) -> None:
    """Who is authenticated can run code in team-c: that is one line, and no step of each tenant."""
    new = binding("new", "pods", namespace="team-c")
    new["subjects"] = [{"kind": "Group", "name": "system:authenticated"}]
    items = by_steps(diff("-f", written(tmp_path, new, cluster_role("pods", rule("create", "", "pods")))))

    assert {} == {ref: item for ref, item in items.items() if not ref.startswith("group:")}


# --- possible, and not proved ---


@pytest.fixture
def opened(tmp_path: Path) -> str:
    """Return a file that takes away what Pod Security refuses in team-a."""
    labels = {"pod-security.kubernetes.io/enforce": "privileged"}
    metadata = {"name": "team-a", "labels": labels}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    return written(tmp_path, namespace, name="namespace.yaml")


def test_a_way_that_depends_on_a_condition_is_possible(opened: str) -> None:
    """Privileged pods are as good as their node; nobody can read whether something else refuses them."""
    result = diff("-f", opened)
    item = by_steps(result)[ALICE]

    assert (False, {ALICE: [""]}) == (item["proved"], who(item))
    assert ("node", "condition") == (item["steps"][-1]["reaches"], item["steps"][-1]["proof"])
    assert item["steps"][-1]["note"]
    assert (0, 0) == tuple(result.json["summary"][key] for key in ("crossTenant", "crossTenantBySteps"))
    assert result.json["summary"]["maybeCrossTenantBySteps"] > 0
    assert [("Namespace", "labels")] == [(c["object"]["kind"], c["event"]) for c in item["because"]]


def test_a_way_that_is_possible_leaves_open_whether_something_crosses(opened: str, granted: str) -> None:
    """A proved one is a yes, whatever else is possible."""
    assert 3 == diff("-f", opened, "--fail-on", "crosses-tenant").status
    assert 1 == diff("-f", granted, "--fail-on", "crosses-tenant").status
    assert 0 == diff("-f", granted, "--fail-on", "lost").status


# --- one subject ---


def test_one_subject_is_told_apart(granted: str) -> None:
    """With the same steps as among all."""
    one = diff("-f", granted, "--subject", BOB, "--fail-on", "crosses-tenant")

    assert by_steps(diff("-f", granted))[BOB] == by_steps(one)[BOB]
    assert ({BOB}, 1) == (by_steps(one).keys(), one.status)


def test_a_persona_is_one_in_each_profile(granted: str) -> None:
    """The viewer's account of team-b gets into team-c, and none of other profiles."""
    (item,) = by_steps(diff("-f", granted, "--subject", "default-viewer")).values()

    assert ["team-c"] == item["who"][0]["namespaces"]
    assert "sa:team-b/default-viewer" == item["steps"][0]["from"]["ref"]


# --- what is expected ---


def test_an_expected_step_does_not_count(granted: str, tmp_path: Path) -> None:
    """With the entries that `-o accept` prints, once they have reasons."""
    entries = yaml.safe_load(run("diff", "-f", granted, "--demo", "-o", "accept").stdout)
    steps = [entry for entry in entries["accept"] if "reaches" in entry]
    assert {"reaches": "team-c", "subject": BOB, "way": "proved", "reason": ""} in steps
    accept = tmp_path / "accept.yaml"

    def status() -> int:
        flags = ("--accept", str(accept), "--fail-on", "crosses-tenant")
        return diff("-f", granted, *flags).status

    for entry in entries["accept"]:
        entry["reason"] = "team-b deploys to team-c"
    accept.write_text(yaml.safe_dump(entries), encoding="utf-8")
    assert 0 == status()
    accepted = by_steps(diff("-f", granted, "--accept", str(accept)))[BOB]["accepted"]
    assert "team-b deploys to team-c" == accepted["reason"]
    assert (
        []
        == yaml.safe_load(
            run("diff", "-f", granted, "--demo", "-o", "accept", "--accept", str(accept)).stdout
        )["accept"]
    )

    entries["accept"].remove(next(e for e in entries["accept"] if e.get("reaches") and e["subject"] == BOB))
    accept.write_text(yaml.safe_dump(entries), encoding="utf-8")
    assert 1 == status()


def test_an_accepted_possibility_counts_once_it_is_proved(granted: str, tmp_path: Path) -> None:
    """And the entry that fits nothing is reported."""
    entry = {"reaches": "team-*", "way": "possible", "reason": "nothing is certain"}
    accept = tmp_path / "accept.yaml"
    accept.write_text(yaml.safe_dump({"accept": [entry]}), encoding="utf-8")
    result = diff("-f", granted, "--accept", str(accept), "--fail-on", "crosses-tenant")

    assert 1 == result.status
    assert "accept.yaml:2: the entry matches nothing here: reaches `team-*`" in result.stderr


def test_an_entry_for_steps_has_no_other_keys(granted: str, tmp_path: Path) -> None:
    """A key that would be ignored is an error."""
    accept = tmp_path / "accept.yaml"
    accept.write_text("accept: [{reaches: team-c, verbs: get, reason: x}]\n", encoding="utf-8")
    result = diff("-f", granted, "--accept", str(accept))

    assert 2 == result.status
    assert "`verbs` means nothing here" in result.stderr


# --- formats ---


def _on_terminal(*argv: str) -> str:
    """Return what people see, in one line."""
    return " ".join(COLOR.sub("", on_terminal(200, *argv)).split())


def test_the_first_line_and_the_marks_name_it(granted: str) -> None:
    """And the first way is drawn step by step."""
    text = _on_terminal("diff", "-f", granted, "--demo")

    assert "3 subjects can get into another tenant by steps" in text
    assert "! 3 subjects can get into team-c by steps, from another tenant" in text
    assert "so runs code as sa:team-b/default-editor" in text
    assert "which can edit in team-c RoleBinding team-c/pipelines" in text


def test_what_is_possible_is_marked_as_open(opened: str) -> None:
    """In the headline, in the marks and at the way."""
    text = _on_terminal("diff", "-f", opened, "--demo")

    assert "can possibly get into another tenant by steps" in text
    assert "! 6 subjects can possibly get into all tenants by steps" in text
    assert "possible: alice@example.com" in text


def test_markdown_has_the_steps(granted: str) -> None:
    """A comment of a pull request says how."""
    text = run("diff", "-f", granted, "--demo", "-o", "markdown").stdout

    assert "by steps" in text
    assert "runs code as" in text


def test_csv_has_a_row_for_each_subject_and_tenant(granted: str) -> None:
    """With the object that brings it."""
    rows = [*csv.DictReader(io.StringIO(run("diff", "-f", granted, "--demo", "-o", "csv").stdout))]
    (row,) = [row for row in rows if row["SUBJECT"] == BOB]

    assert ("gained by steps", "team-c", "yes") == (row["CHANGE"], row["NAMESPACE"], row["CROSSES"])
    assert "sa:team-b/default-editor" == row["RESOURCE"]
    assert row["BECAUSE"].endswith("new RoleBinding team-c/pipelines of kubeflow-edit")


def test_sarif_has_the_steps_as_a_code_flow(granted: str) -> None:
    """Each at the binding that grants it: of the changed object, in its file."""
    (found,) = json.loads(run("diff", "-f", granted, "--demo", "-o", "sarif").stdout)["runs"]
    (result,) = [each for each in found["results"] if each["ruleId"] == "access-crosses-tenant-by-steps"]
    (flow,) = result["codeFlows"]
    locations = [each["location"] for each in flow["threadFlows"][0]["locations"]]

    assert "error" == result["level"]
    assert granted in result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert "so runs code as sa:team-b/default-editor" == locations[1]["message"]["text"]
    assert "which can edit in team-c" == locations[-1]["message"]["text"]
    assert granted in locations[-1]["physicalLocation"]["artifactLocation"]["uri"]


def test_what_is_possible_is_a_warning_for_code_scanning(opened: str) -> None:
    """With a rule of its own, in SARIF and for GitLab."""
    (found,) = json.loads(run("diff", "-f", opened, "--demo", "-o", "sarif").stdout)["runs"]
    levels = {each["ruleId"]: each["level"] for each in found["results"]}
    entries = json.loads(run("diff", "-f", opened, "--demo", "-o", "gitlab").stdout)

    assert {"access-may-cross-tenant-by-steps": "warning"} == levels
    assert {("access-may-cross-tenant-by-steps", "major")} == {
        (entry["check_name"], entry["severity"]) for entry in entries
    }


def test_names_are_those_who_gain_by_steps_as_well(granted: str) -> None:
    """Each once."""
    names = run("diff", "-f", granted, "--demo", "-o", "name").stdout.splitlines()

    assert {f"user/{BOB}", "serviceaccount/sa:team-b/default-editor"} <= {*names}
    assert len(names) == len({*names})
