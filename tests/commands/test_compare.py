"""`access --compare`: two subjects side by side."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.terminal.wrapping import width
from tests.commands.test_terminal import COLOR, on_terminal
from tests.running import Result, run

ALICE, BOB, DAVE = "alice@example.com", "bob@example.com", "dave@example.com"


def compare(first: str, second: str, *argv: str) -> Result:
    """Return the comparison on the demo."""
    return run("access", first, "--compare", second, *argv, "--demo")


def answers(subject: str, *argv: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return the machine items of one subject by place and resource."""
    items = run("access", subject, *argv, "--demo", "-o", "json").json["items"]
    return {_key(item): item for item in items}


def _key(item: dict[str, Any]) -> tuple[str, ...]:
    return tuple(item[key] for key in ("namespace", "group", "resource", "subresource", "via"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(ALICE, BOB, id="two owners"),
        pytest.param(ALICE, "group:ml-team", id="a user and a group"),
        pytest.param("sa:team-a/default-editor", DAVE, id="an account and a user"),
    ],
)
def test_every_verb_is_where_the_two_answers_put_it(first: str, second: str) -> None:
    """The lists are those of two answers of `access`, in every namespace and on every plane."""
    ours, theirs = answers(first, "-a"), answers(second, "-a")
    for item in compare(first, second, "-a", "-o", "json").json["items"]:
        one, other = ours.pop(_key(item)), theirs[_key(item)]
        assert {
            "both": {*one["allowed"]} & {*other["allowed"]},
            "onlySubject": {*one["allowed"]} & {*other["denied"]},
            "onlyCompared": {*one["denied"]} & {*other["allowed"]},
            "neither": {*one["denied"]} & {*other["denied"]},
            "unknown": set(),
        } == {key: {*item[key]} for key in ("both", "onlySubject", "onlyCompared", "neither", "unknown")}
    assert {} == ours


@pytest.mark.parametrize(
    ("line", "headline"),
    [
        (
            f"{ALICE} --compare {DAVE} -n team-b",
            f"{ALICE} can do everything in team-b that {DAVE} can, and more in 7 of 8 areas",
        ),
        (
            f"{DAVE} --compare {ALICE} -n team-b",
            f"{ALICE} can do everything in team-b that {DAVE} can, and more in 7 of 8 areas",
        ),
        (
            f"{ALICE} --compare {BOB}",
            f"in 4 namespaces, {ALICE} can do more in 8 of 8 areas and {BOB} in 8",
        ),
        (f"{ALICE} --compare {ALICE}", f"{ALICE} and {ALICE} can do the same in 4 namespaces"),
        ("x@y --compare group:nobody", "x@y and group:nobody can do nothing in 4 namespaces"),
    ],
)
def test_the_first_line_says_who_can_do_more(line: str, headline: str) -> None:
    """And in how many areas."""
    answer = run("access", *line.split(), "--demo", "-o", "markdown")
    assert headline == answer.lines[0].strip("*")
    assert 0 == answer.status


def test_two_who_can_do_the_same_need_one_line() -> None:
    """There is no table, on a terminal and without one."""
    line = f"{ALICE} and {ALICE} can do the same in team-a"
    assert [line] == compare(ALICE, ALICE, "-n", "team-a").lines
    on_screen = on_terminal(120, "access", ALICE, "--compare", ALICE, "-n", "team-a", "--demo")
    assert line == COLOR.sub("", on_screen).splitlines()[0]


def test_rows_are_the_areas_that_differ() -> None:
    """The levels of both, and what only one can do; the others are one line."""
    header, *rows = [line.split("   ") for line in compare(ALICE, DAVE, "-n", "team-b").lines]
    assert ["AREA", "ALICE", "DAVE", "ONLY ALICE"] == [cell.strip() for cell in header if cell]
    assert {"serving", "pipelines", "notebooks", "katib", "training", "storage", "identity"} == {
        row[0] for row in rows
    }
    assert any("same in secrets" in note for note in compare(ALICE, DAVE, "-n", "team-b").notes)


def test_namespaces_with_equal_rows_share_them() -> None:
    """Unless `--no-fold` is given."""
    folded = compare("contributor-edit", "contributor-view").lines[1:]
    every = compare("contributor-edit", "contributor-view", "--no-fold").lines[1:]

    assert {"team-a, team-b, team-c"} == {line.partition("   ")[0] for line in folded}
    assert len(every) == 3 * len(folded)


def test_namespaces_can_be_chosen() -> None:
    """With `-n`, once or several times."""
    places = compare(ALICE, BOB, "-n", "team-b", "-n", "team-c", "-o", "json").json["items"]
    assert {"team-b", "team-c"} == {item["namespace"] for item in places if item["namespace"]}


def test_a_spreadsheet_has_every_resource() -> None:
    """Also those about which the two agree."""
    rows = list(csv.DictReader(compare(ALICE, DAVE, "-n", "team-b", "-o", "csv").lines))
    secrets = [row for row in rows if row["RESOURCE"] == "secrets"]
    assert [("-", "-", "", "")] == [
        (row["ALICE"], row["DAVE"], row["ONLY ALICE"], row["ONLY DAVE"]) for row in secrets
    ]
    assert len(rows) == len(compare(ALICE, DAVE, "-n", "team-b", "-o", "json").json["items"])


def test_names_are_the_namespaces_that_differ() -> None:
    """In the others both can do the same."""
    assert ["namespace/team-a", "namespace/team-b"] == compare(ALICE, BOB, "-o", "name").lines
    assert [] == compare(ALICE, ALICE, "-o", "name").lines


GRANTS = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: one, namespace: ns}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [a, "b\\u202e"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: one, namespace: ns}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: one}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: NAME}]
"""


def _of_files(tmp_path: Path, name: str, *argv: str) -> Result:
    file = tmp_path / "grants.yaml"
    file.write_text(GRANTS.replace("NAME", json.dumps(name)))
    return run("access", f"user:{name}", "--compare", "user:other", "-n", "ns", "-f", str(file), *argv)


def test_objects_of_certain_names_count(tmp_path: Path) -> None:
    """A verb that is granted for some names only makes a difference as well."""
    answer = _of_files(tmp_path, "one", "--resource", "secrets", "-o", "json")
    (item,) = (item for item in answer.json["items"] if item["namespace"])
    assert {"get": ["a", "b\u202e"]} == item["onlySubjectNames"]
    assert {} == item["onlyComparedNames"]

    wide = _of_files(tmp_path, "one", "--resource", "secrets", "-o", "wide").stdout
    assert "get: a, b\\u202e" in wide


@pytest.mark.parametrize(
    "name",
    ["a\x1b[31mb", "\u202eevil", "x" * 300, "-", "<all>", "=1+1", "a,b", "| pipe"],
    ids=["escape", "bidi", "long", "dash", "placeholder", "formula", "comma", "pipe"],
)
@pytest.mark.parametrize("form", ["table", "wide", "csv", "markdown", "name"])
def test_names_are_hostile(tmp_path: Path, name: str, form: str) -> None:
    """Nothing that is printed has control or reordering characters."""
    output = _of_files(tmp_path, name, "-o", form).stdout
    assert not {*output} & {"\x1b", "\u202e", "\x07"}


def test_names_that_differ_in_case_alone_are_told_apart() -> None:
    """Headers are in capitals, so words say who is who."""
    header = run("access", "user:Bob", "--compare", "user:bob", "--demo", "-o", "wide").lines[0]
    words = ("SUBJECT", "COMPARED")
    assert [*words] == [word for word in header.split() if word in words]


@pytest.mark.parametrize("columns", [80, 100, 200])
def test_a_terminal_is_wide_enough(columns: int) -> None:
    """Long names are shortened in the middle, and prose wraps."""
    for second in (BOB, "sa:team-c/default-viewer", f"{'very-long-name' * 9}@example.com"):
        text = COLOR.sub("", on_terminal(columns, "access", ALICE, "--compare", second, "--demo"))
        assert [] == [line for line in text.splitlines() if width(line) > columns and " " in line]
        assert "ONLY ALICE" in text


def test_a_comparison_is_no_list_of_bindings() -> None:
    """The two flags ask for different answers."""
    answer = compare(ALICE, BOB, "--bindings")
    assert (2, "error: `--compare` and `--bindings` cannot be combined: each is another answer") == (
        answer.status,
        answer.stderr.strip(),
    )


def test_who_is_compared_has_to_exist() -> None:
    """A bare name that nothing has is an error, as in SUBJECT."""
    answer = compare(ALICE, "nobody-of-that-name")
    assert 2 == answer.status
    assert "`nobody-of-that-name` is neither a service account nor named by any binding" in answer.stderr
