"""`whoami`: who the caller is, what they can read, and what that means for answers."""

from __future__ import annotations

import csv

import pytest
import yaml

from kubectl_kfaccess.commands import COMMANDS, PAGES
from tests.running import Result, run
from tests.schemas import errors, validator

OWNER = ("--as", "alice@example.com")
ADMINISTRATOR = ("--as", "ivan@example.com", "--as-group", "platform-admins")
STRANGER = ("--as", "eve")


def whoami(*argv: str) -> Result:
    """Return the answer about the demo and its namespace `team-a`."""
    return run("whoami", *argv, "-n", "team-a", "--demo")


def said(answer: Result) -> str:
    """Return the answer on one line with single blanks."""
    return " ".join(answer.stdout.split())


@pytest.mark.parametrize(
    ("caller", "first"),
    [
        pytest.param(
            OWNER, "you are alice@example.com, in group system:authenticated; you own team-a", id="owner"
        ),
        pytest.param(
            ADMINISTRATOR,
            "you are ivan@example.com, in groups platform-admins, system:authenticated;"
            " you have admin access everywhere",
            id="administrator",
        ),
        pytest.param(STRANGER, "you are eve, in group system:authenticated", id="stranger"),
    ],
)
def test_the_first_line_says_who_you_are(caller: tuple[str, ...], first: str) -> None:
    """It is what the server knows: name and groups, and what bindings make of them."""
    assert whoami(*caller).lines[0] == first


def test_without_a_namespace_it_is_about_all_namespaces() -> None:
    """The first line has all of them; rights are those in one of the caller's own."""
    answer = run("whoami", *OWNER, "--demo")

    assert answer.lines[0].endswith("; you own team-a and are a view contributor in team-b")
    assert "who-can -n team-a " in answer.stdout


def test_an_owner_reads_their_namespace_and_nothing_beyond() -> None:
    """The profile controller binds the owner in the namespace alone."""
    answer = said(whoami(*OWNER))

    own = "in team-a: roles, role bindings, service accounts; can ask about others in team-a"
    assert f"can read {own} cannot read anything cluster-wide; in team-a: policies of the mesh" in answer
    assert "access, explain, can-apply complete about yourself" in answer
    assert "who-can -n team-a all but who has access to the whole cluster" in answer
    assert "check -n team-a all but how roles differ from the shipped ones and which release runs" in answer
    assert "the rest an administrator can grant it: the same with -o fix prints the roles" in answer


def test_an_administrator_gets_complete_answers() -> None:
    """Then there is nothing to say about what cannot be read, and nothing to grant."""
    answer = said(whoami(*ADMINISTRATOR))

    assert (
        "can read everything cluster-wide; settings of Kubeflow and the mesh; can ask about others" in answer
    )
    assert "cannot read" not in answer
    assert "the rest" not in answer
    assert all(f"{command} -n team-a complete" in answer for command in ("who-can", "check"))


def test_a_stranger_is_told_what_is_left() -> None:
    """Everybody can ask the server about themselves."""
    answer = said(whoami(*STRANGER))

    assert "can read in" not in answer.replace("cannot read in", "")
    assert "access, explain, can-apply complete about yourself" in answer
    assert "who-can -n team-a whether you can, not who else can" in answer


@pytest.mark.parametrize("caller", [OWNER, ADMINISTRATOR, STRANGER], ids=["owner", "admin", "stranger"])
def test_machine_formats_say_what_each_command_can_answer(caller: tuple[str, ...]) -> None:
    """What is unread are permissions that the items deny, and a complete command lacks none."""
    document = whoami(*caller, "-o", "json").json
    denied = {item["resource"] for item in document["items"] if not item["allowed"]}

    assert [] == errors(validator("WhoAmI"), document)
    reading = set(COMMANDS) - {"whoami", "resources", "completion", "version", *PAGES}
    assert reading == {command["command"] for command in document["commands"]}
    for command in document["commands"]:
        assert set(command["unread"]) <= denied
        assert command["complete"] == (not command["unread"])
        assert command["complete"] or command["lacks"] or command["answers"] or command["command"] in NOTHING


NOTHING = {"aggregation", "diff", "review"}
"""The commands that answer nothing if something vital cannot be read."""


def test_the_fix_binds_the_caller() -> None:
    """Each of its bindings has the caller as its only subject."""
    fix = whoami(*STRANGER, "-o", "fix")
    bindings = [each for each in yaml.safe_load_all(fix.stdout) if each["kind"].endswith("Binding")]

    assert {(("User", "eve"),)} == {
        tuple((subject["kind"], subject["name"]) for subject in each["subjects"]) for each in bindings
    }


def test_each_rule_of_the_fix_has_a_comment() -> None:
    """It says which commands need the rule."""
    lines = whoami(*STRANGER, "-o", "fix").lines
    before = [lines[at - 1] for at, line in enumerate(lines) if line.startswith("- apiGroups:")]

    assert len(before) > 10
    assert all(line.startswith("# ") for line in before)
    commands = "who-can, access, explain, diff, can-apply, check, aggregation, profiles, audit, report"
    everything = f"# {commands}, review, snapshot"
    assert everything in before


def test_who_lacks_nothing_needs_no_fix() -> None:
    """Nothing is printed to apply, and stderr says why."""
    answer = whoami(*ADMINISTRATOR, "-o", "fix")

    assert ("", "nothing is missing: you can read everything\n", 0) == (
        answer.stdout,
        answer.stderr,
        answer.status,
    )


def test_bindings_of_different_users_have_different_names() -> None:
    """So that a fix never takes away what another one has granted."""
    users = ("a/b", "a%b", "a_b", "a_2Fb", "system:serviceaccount:team-a:default-editor")
    texts = [whoami("--as", user, "-o", "fix").stdout for user in users]
    names = {
        manifest["metadata"]["name"]
        for text in texts
        for manifest in yaml.safe_load_all(text)
        if manifest["kind"] == "ClusterRoleBinding"
    }

    assert len(users) == len(names)
    assert not any({"/", "%"} & set(name) for name in names)


@pytest.mark.parametrize("caller", [OWNER, ADMINISTRATOR, STRANGER], ids=["owner", "admin", "stranger"])
def test_wide_csv_and_json_hold_every_right(caller: tuple[str, ...]) -> None:
    """The brief answer sums them up, and nothing is lost."""
    items = whoami(*caller, "-o", "json").json["items"]
    rows = {row["ATTRIBUTE"]: row for row in csv.DictReader(whoami(*caller, "-o", "csv").lines)}
    wide = whoami(*caller, "-o", "wide").stdout

    for item in items:
        name = f"/{item['name']}" if item["name"] else ""
        attribute = f"{item['verb']} {item['resource']}{name} in {item['namespace'] or '<all>'}"
        assert rows[attribute]["VALUE"] == {True: "yes", False: "no", None: "?"}[item["allowed"]]
        assert rows[attribute]["COST"] == item["cost"]
        assert attribute in wide
