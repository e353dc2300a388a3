"""`--people`: who is in which group, as an identity provider says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.running import Result, run

PEOPLE = """
users: [alice@example.com, erin@example.com, x@example.com]
groups:
  ml-team: [erin@example.com, newcomer@example.com]
  empty: []
"""
NEWCOMER = "newcomer@example.com"


def ask(*argv: str, people: str = PEOPLE) -> Result:
    """Return the answer about the demo and these people."""
    return run(*argv, "--people", "-", "--demo", stdin=people.encode())


def test_a_users_groups_come_from_the_file() -> None:
    """The answer is that with `--group`, and says where the groups are from."""
    by_file = ask("access", NEWCOMER, "-o", "json")
    by_flag = run("access", NEWCOMER, "--group", "ml-team", "--demo", "-o", "json")

    assert by_flag.json["items"] == by_file.json["items"]
    assert by_flag.json["subject"] == by_file.json["subject"]
    assert "by `standard input`, `newcomer@example.com` is in `ml-team`" in by_file.stderr


def test_groups_that_are_known_need_no_advice() -> None:
    """Without the file `access` names groups that could give more; of a user in the file all are known."""
    advice = "add `--group` for those that the user is in"

    assert advice in run("access", NEWCOMER, "--demo").stderr
    assert advice not in ask("access", NEWCOMER).stderr
    assert advice not in ask("access", "x@example.com").stderr
    assert advice in ask("access", "stranger@example.com").stderr


def test_a_user_who_is_not_in_the_file_is_said() -> None:
    """With the name that differs in case, because names are case-sensitive."""
    assert (
        "`stranger@example.com` is not in `standard input`, so their groups are not known"
        in ask("access", "stranger@example.com").stderr
    )
    assert "did you mean `erin@example.com`?" in ask("access", "Erin@example.com").stderr


def test_explain_knows_the_groups_too() -> None:
    """A grant to a group is a yes for its members."""
    words = (NEWCOMER, "create", "pods", "-n", "team-a", "--via", "kubectl")
    assert 1 == run("explain", *words, "--demo").status
    assert 0 == ask("explain", *words).status


def test_who_can_lists_the_members_of_groups() -> None:
    """Each with the group that it is through, and the group as well."""
    items: list[dict[str, Any]] = ask("who-can", "create", "pods", "-n", "team-a", "-o", "json").json["items"]
    through = {item["subject"]["ref"]: item["through"]["ref"] for item in items if "through" in item}
    assert {NEWCOMER: "group:ml-team", "erin@example.com": "group:ml-team"} == through
    assert "group:ml-team" in {item["subject"]["ref"] for item in items}

    (row,) = (line for line in ask("who-can", "create", "pods", "-n", "team-a").lines if NEWCOMER in line)
    assert ["group", "through group ml-team"] == [cell.strip() for cell in row.split("   ") if cell][1:4:2]


def test_groups_that_the_file_does_not_have_are_said() -> None:
    """Who is in there is not known, and that is no "nobody"."""
    answer = ask("who-can", "create", "pods", "-n", "team-a")
    assert "`standard input` does not have `platform-admins`: who is in there is not known" in answer.notes


def test_members_count_for_expectations() -> None:
    """A build can fail because of somebody behind a group."""
    flags = ("-n", "team-a", "--no-platform", "--expect-only", "group:*", "--expect-only", "sa:*")
    people = ("alice", "dave", "frank")
    expected = [word for name in people for word in ("--expect-only", f"user:{name}@example.com")]
    answer = ask("who-can", "create", "pods", *flags, *expected)

    assert 1 == answer.status
    assert f"user:{NEWCOMER}" in answer.stderr


def test_profiles_name_the_members_of_groups() -> None:
    """In the notes of a table, and as data."""
    (team,) = ask("profiles", "team-a", "-o", "json").json["items"]
    (group,) = (member for member in team["members"] if member["subject"]["name"] == "ml-team")
    assert ["erin@example.com", NEWCOMER] == [person["name"] for person in group["people"]]
    assert "members: erin@example.com, newcomer@example.com" in ask("profiles", "team-a").stdout


def findings(people: str) -> dict[str, str]:
    """Return the messages of the finding by object."""
    (team,) = ask("profiles", "team-a", "-o", "json", people=people).json["items"]
    every = (finding for finding in team["findings"] if finding["id"] == "profile-user-unknown")
    return {finding["object"]["name"]: finding["message"] for finding in every}


def test_a_bound_user_who_left_is_a_finding() -> None:
    """A user that the provider does not have is named, with what they have."""
    people = "users: [alice@example.com, Dave@example.com, frank@example.com, erin@example.com]"
    assert {
        "user-dave-example-com-clusterrole-edit": "`dave@example.com` has ClusterRole `kubeflow-edit` and is "
        "not in `standard input`, which has `Dave@example.com`"
    } == findings(people)


def test_nobody_is_missing_if_all_are_there() -> None:
    """A user that only a group has is there as well; without the file nobody can be missing."""
    people = (
        "users: [alice@example.com, dave@example.com]\ngroups: {g: [frank@example.com, erin@example.com]}"
    )
    assert {} == findings(people)
    without = run("profiles", "team-a", "--demo", "-o", "json").stdout
    assert "profile-user-unknown" not in without


def test_check_knows_the_groups_of_a_subject() -> None:
    """As with `--group`."""
    words = ("check", f"user:{NEWCOMER}", "-n", "team-a", "-o", "json")
    assert run(*words, "--group", "ml-team", "--demo").json == ask(*words).json


def test_a_persona_has_the_groups_of_its_owner() -> None:
    """The owner is a user like any other."""
    people = "groups: {ml-team: [alice@example.com]}"
    subject = ask("access", "profile-owner", "-n", "team-a", "-o", "json", people=people).json["subject"]
    assert ["ml-team", "system:authenticated"] == subject["groups"]


@pytest.mark.parametrize("command", ["access x@y", "who-can get pods", "profiles", "explain x@y get pods"])
def test_bad_input_is_an_error_with_its_place(command: str) -> None:
    """Status 2, and no traceback."""
    answer = ask(*command.split(), people="users: [1]")
    assert 2 == answer.status
    assert answer.stderr.startswith(
        "error: standard input:1: `users[0]` must be text in quotes, not a number"
    )


def test_standard_input_is_read_once() -> None:
    """So two flags cannot both ask for it."""
    answer = run("access", "x@y", "--people", "-", "-f", "-")
    assert (2, "error: `--people -` and `-f -` cannot be combined: both read standard input\n") == (
        answer.status,
        answer.stderr,
    )
    assert 2 == run("explain", "-", "--people", "-", "--demo").status


@pytest.mark.parametrize("form", ["table", "wide", "csv", "markdown", "name", "yaml"])
@pytest.mark.parametrize("command", ["who-can create pods -n team-a", "profiles team-a", "profiles"])
def test_names_are_hostile(command: str, form: str) -> None:
    """What the file says is shown like names from the cluster."""
    people = 'groups: {ml-team: ["\\u202eevil", "a\\eb", "<all>", "-", "=1+1", "a;b, c"]}'
    answer = ask(*command.split(), "-o", form, people=people)
    assert not {*answer.stdout, *answer.stderr} & {"\u202e", "\x1b"}
    assert 0 == answer.status


def test_the_example_is_a_people_file() -> None:
    """The help names it."""
    assert (
        "by `examples/people.yaml`"
        in run("access", "erin@example.com", "--people", str(Path("examples/people.yaml")), "--demo").stderr
    )
