"""The file of `--people`: YAML, JSON and CSV, and what cannot be read."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnreadableInput
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.sources.files.people import read_people

ALICE, BOB = "alice@example.com", "bob@example.com"


def read(content: str | bytes, folder: Path, name: str = "-") -> People:
    """Return what a file of that name, or standard input, says."""
    data = content if isinstance(content, bytes) else content.encode()
    if name != "-":
        (folder / name).write_bytes(data)
    return read_people(name, Environment(io.BytesIO(data), io.StringIO(), io.StringIO(), {}, folder))


YAML = f"users: [{BOB}]\ngroups:\n  ml-team: [{ALICE}, {BOB}]\n  nobody: []\n"
JSON = f'{{"users": ["{BOB}"], "groups": {{"ml-team": ["{ALICE}", "{BOB}"], "nobody": null}}}}'
CSV = f"{ALICE},ml-team\n{BOB},ml-team\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("people.yaml", YAML, id="yaml"),
        pytest.param("people.json", JSON, id="json"),
        pytest.param("-", YAML, id="yaml on standard input"),
        pytest.param("-", JSON, id="json on standard input"),
        pytest.param("export", "\ufeff# export\n---\n" + YAML, id="yaml without an ending"),
        pytest.param("people.csv", CSV, id="csv"),
        pytest.param("-", f"user,group\n{CSV}", id="csv with a header"),
        pytest.param("-", f"\ufeffUser , GROUP\r\n{CSV}".replace("\n", "\r\n"), id="csv of a spreadsheet"),
        pytest.param("-", f"group,user\nml-team,{ALICE}\nml-team,{BOB}\n", id="csv in the other order"),
        pytest.param("-", f'\n"{ALICE}","ml-team"\n\n{BOB},ml-team\n{BOB},\n', id="csv with quotes"),
    ],
)
def test_users_and_groups_are_read(tmp_path: Path, name: str, content: str) -> None:
    """All formats say the same: who there is, and who is in which group."""
    people = read(content, tmp_path, name)

    assert {ALICE, BOB} == people.everybody
    assert (ALICE, BOB) == people.members("ml-team")
    assert ("ml-team",) == people.groups_of(ALICE) == people.groups_of(BOB)
    assert () == people.groups_of("Alice@example.com") == people.members("ML-team")
    assert () == people.notes


def test_a_user_can_be_in_no_group(tmp_path: Path) -> None:
    """One column is enough for a list of users."""
    for content in ("user\na\nb\n", "a\nb\n", "users: [a, b]"):
        assert {"a", "b"} == read(content, tmp_path).everybody


def test_a_key_that_means_nothing_is_said(tmp_path: Path) -> None:
    """With its line, and the key that it could be."""
    people = read("usres: [a]\nusers: [b]\nversion: 2\n", tmp_path)

    assert {"b"} == people.everybody
    assert (
        "standard input:1: `usres` means nothing here: did you mean `users`?",
        "standard input:3: `version` means nothing here: the keys are users and groups",
    ) == people.notes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "standard input: it names nobody", id="empty"),
        pytest.param("users: []\n", "standard input: it names nobody", id="nobody"),
        pytest.param("users: [\n", "standard input:2: did not find expected node content", id="no yaml"),
        pytest.param("users: alice\n", "standard input:1: `users` must be a list, not text", id="no list"),
        pytest.param("- alice\n", "standard input:1: the file must be a mapping, not a list", id="a list"),
        pytest.param(
            "users:\n- a\n- 12\n",
            "standard input:3: `users[1]` must be text in quotes, not a number",
            id="number",
        ),
        pytest.param(
            "users:\n- yes\n",
            "standard input:2: `users[0]` must be text in quotes, not a boolean",
            id="boolean",
        ),
        pytest.param(
            "users:\n- a\n-\n", "standard input:3: `users[1]` is empty: it must be a name", id="null"
        ),
        pytest.param(
            "groups: [a]\n", "standard input:1: `groups` must be a mapping, not a list", id="groups as a list"
        ),
        pytest.param(
            "groups:\n  a: [b]\n  a: [c]\n",
            "standard input:2: `groups` has a group twice",
            id="a group twice",
        ),
        pytest.param(
            "users: [a]\n---\nusers: [b]\n",
            "standard input:2: a second document: write all names in one",
            id="two documents",
        ),
        pytest.param(
            "users: &a [*a]\n",
            "standard input:1: an anchor contains itself",
            id="a loop",
        ),
        pytest.param("user,group\na,b,c\n", "standard input:2: 3 columns, not user and group", id="columns"),
        pytest.param("a,b\n,c\n", "standard input:2: the user is missing", id="no user"),
        pytest.param("a, b\n", "standard input:1: ` b` begins or ends with a blank", id="a blank"),
        pytest.param('a,b\n"c', "standard input:2: malformed CSV: unexpected end of data", id="a quote"),
        pytest.param(b"a,b\n\xff,c\n", "standard input:2: not UTF-8 text", id="other text"),
        pytest.param(
            b"\x00\x01\x02", "standard input:1: control characters: not a list of names", id="binary"
        ),
        pytest.param("[" * 20_000, "standard input: it is nested too deeply", id="deep"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    """Nobody is left out silently."""
    with pytest.raises(UnreadableInput) as error:
        read(content, tmp_path)
    assert message == error.value.message


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """As for every file."""
    with pytest.raises(UnreadableInput, match="cannot read `no-such-file`: no such file or directory"):
        read_people("no-such-file", Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {}, tmp_path))
