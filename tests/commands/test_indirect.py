"""`--indirect` on access, explain and who-can: what is possible as others, in the demo and small clusters."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.running import REPOSITORY, Result, run
from tools.terminal import on_terminal

GROUP = "rbac.authorization.k8s.io"
POD_CREATOR = {"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}
READER = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}


def ask(words: str, *files: Path) -> Result:
    """Run a command line on the demo, or on files."""
    source = [part for file in files for part in ("-f", str(file))] or ["--demo"]
    return run(*shlex.split(words), *source, cwd=REPOSITORY)


def access(subject: str, *more: str, files: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Return the machine answer of `access --indirect`."""
    return ask(" ".join(("access", subject, "--indirect -o json", *more)), *files).json


def indirect_verbs(document: dict[str, Any], namespace: str, resource: str) -> dict[str, int]:
    """Return the verbs of one resource that steps allow."""
    items = [
        item
        for item in document["items"]
        if (item["namespace"], item["resource"], item["subresource"]) == (namespace, resource, "")
        and item["via"] == "kubectl"
    ]
    return {verb: at for item in items for verb, at in item["indirect"].items()}


def world(tmp_path: Path, *objects: dict[str, Any]) -> Path:
    """Write the objects of a cluster with the profiles `a` and `b`, and their accounts, into a file."""
    places = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {
            "app.kubernetes.io/part-of": "kubeflow-profile", "pod-security.kubernetes.io/enforce": "baseline",
        }}}
        for name in ("a", "b")
    ]  # fmt: skip
    accounts = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "runner", "namespace": name}}
        for name in ("a", "b")
    ]
    file = tmp_path / "world.json"
    items = [*places, *accounts, *objects]
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return file


def role(namespace: str, name: str, *rules: dict[str, Any]) -> dict[str, Any]:
    """Return a Role."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": metadata, "rules": list(rules)}


def binding(namespace: str, name: str, *subjects: dict[str, str]) -> dict[str, Any]:
    """Return a RoleBinding to the Role of the same name."""
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": name},
        "subjects": list(subjects),
    }


def user(name: str) -> dict[str, str]:
    """Return a user as the subject of a binding."""
    return {"apiGroup": GROUP, "kind": "User", "name": name}


def account(namespace: str, name: str) -> dict[str, str]:
    """Return a service account as the subject of a binding."""
    return {"kind": "ServiceAccount", "namespace": namespace, "name": name}


def chain(tmp_path: Path) -> Path:
    """Write a cluster in which `u` runs code in a, and the account there reads Secrets in b."""
    return world(
        tmp_path,
        role("a", "creator", POD_CREATOR),
        binding("a", "creator", user("u")),
        role("b", "reader", READER),
        binding("b", "reader", account("a", "runner")),
    )


# --- access -----------------------------------------------------------------------------------------------


def test_the_steps_are_drawn_as_the_design_has_them() -> None:
    """Who runs code in team-b can edit in team-a, because the account there can."""
    text = on_terminal(100, "kubectl kfaccess access bob@example.com --indirect --demo").text

    assert "can edit in team-a as a service account that they can run code as" in " ".join(text.split())
    assert (
        "[1] bob@example.com\n"
        "    1  can create pods, notebooks and runs in team-b  RoleBinding team-b/namespaceAdmin\n"
        "    2  so runs code as sa:team-b/default-editor       its token is mounted in every pod\n"
        "    3  which can edit in team-a                       RoleBinding team-a/team-b-pipelines\n"
    ) in text
    assert "Direct access only: without --indirect." in text


def test_verbs_by_steps_stand_beside_those_that_are_direct() -> None:
    """What is direct stays where it is, and no verb is in both."""
    direct = ask("access bob@example.com -o json").json
    document = access("bob@example.com")

    for before, item in zip(direct["items"], document["items"], strict=True):
        assert before == {key: value for key, value in item.items() if key != "indirect"}
        assert not {*item["indirect"]} & {*item["allowed"]}
        assert {*item["indirect"].values()} <= {*range(len(document["paths"]))}
    assert indirect_verbs(document, "team-a", "inferenceservices")["create"] == 0
    assert {} == indirect_verbs(document, "team-c", "inferenceservices")


def test_a_way_is_its_steps(tmp_path: Path) -> None:
    """Each step says where it begins and where it leads, what it needs, and by which binding."""
    document = access("user:u", "--resource secrets", files=(chain(tmp_path),))

    assert {"get": 0} == indirect_verbs(document, "b", "secrets")
    first, second = document["paths"][0]
    assert ("run-pod", "u", None, "code", "a") == (
        first["id"], first["from"]["name"], first["to"], first["reaches"], first["namespace"],
    )  # fmt: skip
    assert [("create", "pods", "a")] == [(n["verb"], n["resource"], n["namespace"]) for n in first["needs"]]
    assert ["creator"] == [grant["binding"]["name"] for grant in first["grants"]]
    assert ("use-account", "sa:a/runner", "api-server") == (
        second["id"],
        second["to"]["ref"],
        second["proof"],
    )


def test_without_the_account_there_is_no_way(tmp_path: Path) -> None:
    """A pod that names an account that does not exist is refused."""
    file = chain(tmp_path)
    document = json.loads(file.read_text())
    document["items"] = [
        item
        for item in document["items"]
        if (item["kind"], item["metadata"]["name"]) != ("ServiceAccount", "runner")
    ]
    other = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "x", "namespace": "a"}}
    file.write_text(json.dumps({**document, "items": [*document["items"], other]}))

    assert {} == indirect_verbs(access("user:u", "--resource secrets", files=(file,)), "b", "secrets")


def test_files_without_accounts_leave_them_open(tmp_path: Path) -> None:
    """Many files have roles and bindings alone: then the way is possible, and no cell counts it."""
    file = chain(tmp_path)
    document = json.loads(file.read_text())
    document["items"] = [item for item in document["items"] if item["kind"] != "ServiceAccount"]
    file.write_text(json.dumps(document))
    answer = access("user:u", "--resource secrets", files=(file,))
    text = ask("access user:u --indirect --resource secrets -o markdown", file).stdout

    at = indirect_verbs(answer, "b", "secrets")["get"]
    assert "condition" in {step["proof"] for step in answer["paths"][at]}
    assert "possible: u" in text
    assert "**user:u can do nothing in 2 namespaces**" in text
    table = ask("access user:u --indirect --resource secrets -o csv", file).stdout.splitlines()
    assert {"-"} == {word for row in table[1:] for word in row.split(",") if word in ("yes", "-", "get")}


def test_a_persona_is_asked_in_each_profile() -> None:
    """A view contributor runs code by viewers, in the profile in which they are one."""
    document = access("contributor-view")
    ways = {step["id"] for path in document["paths"] for step in path}

    assert "run-viewer" in ways
    assert "delete" in indirect_verbs(document, "team-a", "notebooks")


def test_who_can_do_everything_needs_no_steps() -> None:
    """There is nothing left to reach."""
    document = access("group:platform-admins")

    assert [] == document["paths"]


def test_a_hint_points_to_the_flag_where_it_shows_more() -> None:
    """For bob it would; for carol, whose accounts can do no more than they can, it would not."""
    bob, carol = (ask(f"access {name}@example.com") for name in ("bob", "carol"))

    assert "note: bob@example.com can do more as others" in bob.stderr
    assert "--indirect" not in carol.stdout + carol.stderr


def test_the_hint_is_silent_if_the_account_is_gone(tmp_path: Path) -> None:
    """A line must hold: without a list of accounts, the one on the way is looked for."""
    file = chain(tmp_path)
    whole = ask("access user:u --resource secrets", file)
    document = json.loads(file.read_text())
    document["items"] = [item for item in document["items"] if item["metadata"]["name"] != "runner"]
    file.write_text(json.dumps(document))
    without = ask("access user:u --resource secrets", file)

    assert "--indirect" in whole.stdout + whole.stderr
    assert "--indirect" not in without.stdout + without.stderr


@pytest.mark.parametrize("flag", ["--compare alice@example.com", "--bindings", "--all-subjects -o csv"])
def test_answers_without_steps_refuse_the_flag(flag: str) -> None:
    """It is never ignored."""
    subject = "" if "--all-subjects" in flag else "bob@example.com"
    answer = ask(f"access {subject} {flag} --indirect")

    assert (2, "") == (answer.status, answer.stdout)
    assert f"`--indirect` and `{flag.split()[0]}` cannot be combined" in answer.stderr


# --- explain ----------------------------------------------------------------------------------------------


def test_a_no_says_that_it_is_a_yes_by_steps() -> None:
    """The server's answer stays no, and so does the status."""
    question = "explain bob@example.com create inferenceservices -n team-a"
    plain, followed = ask(question), ask(f"{question} --indirect")
    document = ask(f"{question} --indirect -o json")

    assert (1, 1, 1) == (plain.status, followed.status, document.status)
    assert "as others they can: --indirect" in plain.stdout
    assert "yes, as others" in followed.stdout
    assert "as others they can" not in followed.stdout
    assert "Denied" == document.json["decision"]
    assert "Allowed" == document.json["indirect"]["decision"]
    assert ["run-pod", "use-account"] == [step["id"] for step in document.json["indirect"]["steps"]]


def test_a_no_without_steps_says_so() -> None:
    """Nobody on the way can, either."""
    answer = ask("explain dave@example.com get secrets -n team-c --indirect")
    document = ask("explain dave@example.com get secrets -n team-c --indirect -o json").json

    assert "none lead to somebody who can" in answer.stdout
    assert {"decision": "Denied", "steps": []} == document["indirect"]


def test_a_yes_has_no_steps() -> None:
    """What is allowed needs no other identity."""
    document = ask("explain alice@example.com create inferenceservices -n team-a --indirect -o json").json

    assert "indirect" not in document["items"][0]


# --- who-can ----------------------------------------------------------------------------------------------


def test_those_who_can_as_others_come_last(tmp_path: Path) -> None:
    """The account is direct, the user is not, and both are named."""
    file = chain(tmp_path)
    document = ask("who-can get secrets -n b --no-platform --indirect -o json", file).json
    names = ask("who-can get secrets -n b --no-platform --indirect -o name", file).stdout.split()

    assert [("runner", True, 0), ("u", False, 2)] == [
        (item["subject"]["name"], item["direct"], len(item["steps"])) for item in document["items"]
    ]
    assert ["serviceaccount/a/runner", "user/u"] == names


def test_expect_only_holds_for_them_as_well(tmp_path: Path) -> None:
    """A pattern that names the account alone is met without steps, and not with them."""
    question = "who-can get secrets -n b --no-platform --expect-only sa:a/runner"
    file = chain(tmp_path)

    assert 0 == ask(question, file).status
    followed = ask(f"{question} --indirect", file)
    assert 1 == followed.status
    assert "not expected: user:u" in followed.stderr


def test_kinds_of_subjects_are_chosen(tmp_path: Path) -> None:
    """`--subject-kind` counts for those by steps."""
    question = "who-can get secrets -n b --no-platform --indirect --subject-kind serviceaccount -o name"

    assert ["serviceaccount/a/runner"] == ask(question, chain(tmp_path)).stdout.split()


def test_a_table_labels_each_way_with_a_letter() -> None:
    """Letters, because numbers are those of footnotes."""
    text = on_terminal(
        100, "kubectl kfaccess who-can create inferenceservices -n team-a --indirect --demo"
    ).text

    assert "; 6 more can as others" in text
    rows = [line.split() for line in text.splitlines() if line.startswith("  bob@example.com ")]
    assert [["bob@example.com", "[b]", "as", "sa:team-b/default-editor"]] == rows
    assert "[b] Grace@Example.com and 1 other" in text


@pytest.mark.parametrize("form", ["table", "wide", "csv", "markdown", "json", "yaml", "name", "jsonl"])
def test_every_format_has_an_answer(form: str) -> None:
    """No format fails, and the answer is the same each time."""
    question = f"who-can get secrets -A --indirect -o {form}"
    first, second = ask(question), ask(question)

    assert 0 == first.status
    assert (first.stdout, first.stderr) == (second.stdout, second.stderr)
    assert "bob@example.com" in first.stdout
