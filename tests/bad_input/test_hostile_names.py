"""Whoever chooses a name chooses a text, and nothing else: in every format of every command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.hostile import NAMES, bindings, everything_called_so, reviews
from tests.bad_input.program import Ended, assert_decent, run
from tests.bad_input.reading_back import ROWS, cases_of_junit, items, unescaped, unseen
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load

MACHINE = ["json", "yaml", "jsonl"]
WHO_CAN = ["who-can", "frob", "widgets.hostile.example"]
LIVE = "hostile-names"
API = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{LIVE}"


def assert_harmless(ended: Ended) -> None:
    """Nothing on either stream does anything else than being read."""
    assert 0 == ended.status, ended.stderr
    assert_decent(ended)
    assert [] == unseen(ended.stdout)
    assert [] == unseen(ended.stderr)


def objects_file(directory: Path) -> str:
    """The name of a file in which everything has a hostile name."""
    content = {"apiVersion": "v1", "kind": "List", "items": everything_called_so()}
    (directory / "objects.json").write_text(json.dumps(content))
    return "objects.json"


def reviews_file(directory: Path) -> str:
    """The name of a file of reviews that ask for hostile names, one a line."""
    (directory / "reviews.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in reviews()))
    return "reviews.jsonl"


# --- who-can ----------------------------------------------------------------------------------------------


def who_can(directory: Path, form: str) -> Ended:
    """Who may do what everybody may who has a hostile name."""
    ended = run(*WHO_CAN, "-A", "-f", objects_file(directory), "-o", form, cwd=directory)
    assert_harmless(ended)
    return ended


EVERYBODY = sorted((name, kind, name, name, name) for name in NAMES.values() for kind in ("Group", "User"))


@pytest.mark.parametrize("form", ROWS)
def test_rows_of_who_can_say_the_names(form: str, tmp_path: Path) -> None:
    """Namespace, subject, binding and role can be read back, each its own, and no other is there."""
    rows = [row for row in ROWS[form](who_can(tmp_path, form).stdout) if row["NAMESPACE"] != "<all>"]

    found = [
        (
            unescaped(row["NAMESPACE"]),
            row["KIND"],
            unescaped(row["SUBJECT"]),
            unescaped(row["BINDING"].removeprefix("RoleBinding/")),
            unescaped(row["ROLE"].removeprefix("Role/")),
        )
        for row in rows
    ]
    assert sorted(found) == EVERYBODY


@pytest.mark.parametrize("form", MACHINE)
def test_items_of_who_can_hold_the_names(form: str, tmp_path: Path) -> None:
    """Machine formats hold them as they are."""
    found = [
        (item["namespace"], item["subject"]["kind"], item["subject"]["name"], *_binding_and_role(item))
        for item in items(who_can(tmp_path, form).stdout, form)
        if item["namespace"]
    ]

    assert sorted(found) == EVERYBODY


def _binding_and_role(item: Any) -> tuple[str, str]:
    (grant,) = item["grants"]
    return grant["binding"]["name"], grant["role"]["name"]


def test_names_of_who_can_are_a_line_each(tmp_path: Path) -> None:
    """A name cannot add a line, nor be two."""
    lines = who_can(tmp_path, "name").stdout.splitlines()

    everybody = [f"{kind}/{name}" for name in NAMES.values() for kind in ("user", "group")]
    assert sorted([*everybody, "group/system:masters"]) == sorted(map(unescaped, lines))


def test_the_messages_of_who_can_quote_without_harm(tmp_path: Path) -> None:
    """What does not exist, stands twice or is left out is named on stderr, on one line."""
    objects = [one for one in everything_called_so() if one["kind"] == "RoleBinding"]
    content = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*objects, *objects]})
    (tmp_path / "objects.json").write_text(content)

    ended = run(*WHO_CAN, "-A", "-f", "objects.json", cwd=tmp_path)

    assert_harmless(ended)
    notes = [line for line in ended.stderr.splitlines() if line.startswith("note: ")]
    assert len(NAMES) == sum("stands twice" in note for note in notes)
    assert len(NAMES) == sum("does not exist" in note for note in notes)


# --- review -----------------------------------------------------------------------------------------------


def review(directory: Path, form: str) -> Ended:
    """The answers to reviews of hostile names."""
    argv = ("review", reviews_file(directory), "-f", objects_file(directory), "-o", form)
    ended = run(*argv, cwd=directory)
    assert_harmless(ended)
    return ended


@pytest.mark.parametrize("form", ROWS)
def test_rows_of_review_say_the_names(form: str, tmp_path: Path) -> None:
    """User, groups, verb, resource and namespace can be read back, in the order of the reviews."""
    rows = ROWS[form](review(tmp_path, form).stdout)

    found = [
        (
            row["ALLOWED"],
            unescaped(row["USER"]),
            [unescaped(group) for group in row["GROUPS"].split(",")],
            unescaped(row["VERB"]),
            unescaped(row["RESOURCE"]),
            unescaped(row["NAMESPACE"]),
        )
        for row in rows
    ]
    assert [("yes", name, [name, f"{name}2"], name, name, name) for name in NAMES.values()] == found


@pytest.mark.parametrize("form", MACHINE)
def test_items_of_review_are_the_reviews(form: str, tmp_path: Path) -> None:
    """They come back as they were, with a status."""
    found = items(review(tmp_path, form).stdout, form)

    assert [True] * len(NAMES) == [one.pop("status")["allowed"] for one in found]
    assert reviews() == found


def test_names_of_review_are_a_line_each(tmp_path: Path) -> None:
    """A name cannot add a line, nor be two."""
    lines = review(tmp_path, "name").stdout.splitlines()

    assert [f"subjectaccessreview/{name}" for name in NAMES.values()] == [unescaped(line) for line in lines]


def test_names_in_junit_differ(tmp_path: Path) -> None:
    """Each review is a test case of its own in a report that XML tools can read."""
    found = cases_of_junit(review(tmp_path, "junit").stdout)

    assert (len(NAMES), len(NAMES)) == (len(found), len(set(found)))


# --- input that is no text --------------------------------------------------------------------------------


@pytest.mark.parametrize("argv", [(*WHO_CAN, "-A", "-f", "a.json"), ("review", "a.json", "--demo")])
@pytest.mark.parametrize("half", [r"\ud800", r"\udfff", r"\udc00\ud800"], ids=["high", "low", "in disorder"])
def test_half_a_character_is_malformed(argv: tuple[str, ...], half: str, tmp_path: Path) -> None:
    """JSON can spell what is no character; it is told, and never reaches the output."""
    one = everything_called_so()[0] if argv[0] == "who-can" else reviews()[0]
    text = json.dumps({**one, "metadata": {"name": "HALF", "namespace": "a"}}).replace("HALF", half)
    (tmp_path / "a.json").write_text(text)

    ended = run(*argv, cwd=tmp_path)

    assert (2, "") == (ended.status, ended.stdout)
    assert_decent(ended)
    assert "error: a.json" in ended.stderr
    assert [] == unseen(ended.stderr)


# --- a real server ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def live(plane: ControlPlane) -> Iterator[ControlPlane]:
    """The API server with users, and as far as it takes them bindings, of hostile names."""
    assert [] == load(plane, bindings(LIVE))
    yield plane
    clear(plane)


@pytest.mark.server
@pytest.mark.parametrize("form", ["table", "wide", "name", "csv", "markdown", "json", "yaml", "jsonl"])
def test_a_server_and_its_files_say_the_same(form: str, live: ControlPlane, tmp_path: Path) -> None:
    """The rows of a live cluster are those of the objects that it hands out, name by name."""
    lists = [live.request("GET", f"{API}/{resource}")[1] for resource in ("roles", "rolebindings")]
    for number, content in enumerate(lists):
        (tmp_path / f"{number}.json").write_text(json.dumps(content))
    argv = (*WHO_CAN, "-n", LIVE, "--subject-kind", "user", "-o", form)

    asked = run(*argv, "--kubeconfig", str(live.kubeconfig()), cwd=tmp_path)
    read = run(*argv, "-f", "0.json", "-f", "1.json", cwd=tmp_path)

    assert_harmless(asked)
    assert_harmless(read)
    assert _answer(read, form) == _answer(asked, form)
    assert len(NAMES) <= len(asked.stdout.splitlines())


def _answer(ended: Ended, form: str) -> object:
    """What was answered; the notes beside it speak of files or of a server."""
    return items(ended.stdout, form) if form in MACHINE else ended.stdout
