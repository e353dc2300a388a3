"""`whoami`: who the caller is, what they can read, and what that means for answers."""

from __future__ import annotations

import csv

import pytest

from tests.running import Result, run

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
        pytest.param(OWNER, "you are alice@example.com, in group system:authenticated", id="one group"),
        pytest.param(
            ADMINISTRATOR,
            "you are ivan@example.com, in groups platform-admins, system:authenticated",
            id="two groups",
        ),
    ],
)
def test_the_first_line_says_who_you_are(caller: tuple[str, ...], first: str) -> None:
    """It is what the server knows: name and groups."""
    assert whoami(*caller).lines[0] == first


def test_an_owner_reads_their_namespace_and_nothing_beyond() -> None:
    """The profile controller binds the owner in the namespace alone."""
    answer = said(whoami(*OWNER))

    assert "can read in team-a: roles, role bindings, service accounts" in answer
    assert "you can ask the server about others in team-a" in answer
    assert "cannot read in the whole cluster: anything in team-a: policies of the mesh" in answer
    assert "who-can -n team-a everybody bound in team-a, not who has access to the whole cluster" in answer
    assert "profiles team-a all but the owner and the mesh" in answer


def test_an_administrator_gets_complete_answers() -> None:
    """Then there is nothing to say about what cannot be read."""
    answer = said(whoami(*ADMINISTRATOR))

    assert "can read in the whole cluster: everything" in answer
    assert "cannot read" not in answer
    assert all(f"{command} -n team-a complete" in answer for command in ("who-can", "check"))


def test_a_stranger_is_told_what_is_left() -> None:
    """Everybody can ask the server about themselves."""
    answer = said(whoami(*STRANGER))

    assert "can read in" not in answer.replace("cannot read in", "")
    assert "access, explain complete about yourself" in answer
    assert "who-can -n team-a whether you can, not who else can" in answer


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
