"""A type that no API serves: on servers that know all their types, and on those that cannot tell some."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.commands.test_explain_served import discovery, group, roles
from tests.robustness.stand_in import Answer, StandIn
from tests.running import Result, run

FORBIDDEN = Answer(b'{"kind": "Status", "message": "no", "code": 403, "reason": "Forbidden"}', 403)
QUESTIONS = (
    pytest.param("who-can get {}", id="who-can"),
    pytest.param("explain user:ivan get {}", id="explain"),
    pytest.param("access user:ivan --resource {}", id="access"),
)


def answered(answers: Mapping[str, Answer], tmp_path: Path, line: str) -> Result:
    """Return what the command says of a server with these answers."""
    with StandIn(answers) as server:
        server.write_kubeconfig(tmp_path / "config")
        flags = ("-n", "lab", "--kubeconfig", str(tmp_path / "config"), "--cache-dir", str(tmp_path))
        return run(*line.split(), *flags)


@pytest.mark.parametrize("line", QUESTIONS)
@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        pytest.param("podz", "did you mean `pods`?", id="close to a served type"),
        pytest.param("xyzzy", "`kubectl api-resources`", id="close to nothing"),
        pytest.param("widgetz.apps.example", "did you mean `widgets.apps.example`?", id="with its group"),
        pytest.param("widgets.apps.exampel", "did you mean `widgets.apps.example`?", id="a group misspelt"),
        pytest.param("widgets.example.com", "did you mean `widgets.apps.example`?", id="of another group"),
    ],
)
def test_an_unknown_type_is_an_error(line: str, typed: str, hint: str, tmp_path: Path) -> None:
    """Where all types are known, an answer would read like a no."""
    answer = answered(discovery(group("apps.example", "Current", "widgets")), tmp_path, line.format(typed))

    assert (2, "") == (answer.status, answer.stdout)
    assert f"error: the server doesn't have a resource type `{typed}`" in answer.stderr.splitlines()
    assert hint in answer.stderr
    assert "--any-type" in answer.stderr


@pytest.mark.parametrize("line", QUESTIONS)
@pytest.mark.parametrize("typed", ["podz", "gadgets", "gadgets.down.example", "gadgets.v1.down.example"])
def test_a_group_that_does_not_answer_leaves_it_open(line: str, typed: str, tmp_path: Path) -> None:
    """The type can be one of that group: it is asked about, and the status says that it is not known."""
    server = discovery(group("apps.example", "Current", "widgets"), group("down.example", "Stale"))

    answer = answered(server, tmp_path, f"{line.format(typed)} -o json")

    (gap,) = answer.json["coverage"]["gaps"]
    assert (3, False) == (answer.status, answer.json["coverage"]["complete"])
    assert f"the API group `down.example` did not answer, and `{typed}` may be a type of it" == gap["reason"]
    assert "error:" not in answer.stderr


@pytest.mark.parametrize("line", QUESTIONS)
@pytest.mark.parametrize("typed", ["widgetz.apps.example", "podz.v1."])
def test_a_group_that_does_not_answer_says_nothing_of_other_groups(
    line: str, typed: str, tmp_path: Path
) -> None:
    """The types of the group that was typed are all known."""
    server = discovery(group("apps.example", "Current", "widgets"), group("down.example", "Stale"))

    assert 2 == answered(server, tmp_path, line.format(typed)).status


def test_the_answer_is_about_the_group_that_did_not_answer(tmp_path: Path) -> None:
    """In the others there is no such type."""
    server = discovery(group("down.example", "Stale"))

    (item,) = answered(server, tmp_path, "explain user:ivan get gadgets -o json").json["items"]

    assert ("down.example", "gadgets") == (item["query"]["group"], item["query"]["resource"])


@pytest.mark.parametrize("line", QUESTIONS)
def test_refused_discovery_leaves_it_open(line: str, tmp_path: Path) -> None:
    """Then no type of this server is known."""
    answer = answered({**discovery(), "/apis": FORBIDDEN}, tmp_path, f"{line.format('gadgets')} -o json")

    assert 3 == answer.status
    assert "discovery is refused, and `gadgets` may be a type of this server" in answer.stdout


@pytest.mark.parametrize("line", QUESTIONS)
@pytest.mark.parametrize(
    ("typed", "status"),
    [
        pytest.param("widgets", 0, id="a rule names it"),
        pytest.param("widgets.apps.example", 0, id="in its group"),
        pytest.param("widgets.apps", 0, id="in the beginning of its group"),
        pytest.param("widgets.v1beta1.apps.example", 0, id="in a version of its group"),
        pytest.param("widget", 2, id="rules have no singular"),
        pytest.param("widgets.other.example", 2, id="in another group"),
    ],
)
def test_a_type_that_a_rule_names_is_known(line: str, typed: str, status: int, tmp_path: Path) -> None:
    """No API serves what only programs ask about."""
    server = {**discovery(), "clusterroles": roles("widgets")}

    answer = answered(server, tmp_path, line.format(typed))

    assert (status == 2) == (answer.status == 2), answer.stderr


@pytest.mark.parametrize("line", QUESTIONS)
def test_rules_that_cannot_be_read_can_name_it(line: str, tmp_path: Path) -> None:
    """Then only a type that is close to a known one is certainly a slip."""
    server = {**discovery(), "clusterroles": FORBIDDEN}

    assert 3 == answered(server, tmp_path, line.format("gadgets")).status
    assert 2 == answered(server, tmp_path, line.format("podz")).status


@pytest.mark.parametrize("line", QUESTIONS)
def test_any_type_asks_all_the_same(line: str, tmp_path: Path) -> None:
    """With a note, and with no gap: the user is sure of the word."""
    answer = answered(discovery(), tmp_path, f"{line.format('gadgets')} --any-type -o json")

    assert answer.status in (0, 1)
    assert json.loads(answer.stdout)["coverage"]["complete"]
    assert "no rule and no server knows the resource `gadgets`" in answer.stdout
