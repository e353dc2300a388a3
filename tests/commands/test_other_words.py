"""Commands by the names that other tools have for them, contexts and namespaces that do not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_kfaccess.commands import ALIASES, COMMANDS, INSTEAD, SYNONYMS
from tests.running import run

CONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: staging, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: staging, context: {cluster: staging}}, {name: prod, context: {cluster: staging}}]
users: [{name: deployer, user: {token: t}}]
"""


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("can-i", "did you mean `explain`?"),
        ("scan", "did you mean `audit`?"),
        ("isolation", "did you mean `audit`?"),
        ("lint", "did you mean `audit`?"),
        ("api-resources", "did you mean `resources`?"),
        ("get", "did you mean `who-can`?"),
        ("Doctor", "did you mean `check`?"),
        ("export", "did you mean `snapshot`?"),
        ("dump", "did you mean `snapshot`?"),
        ("compare", "`access SUBJECT --compare SUBJECT` compares two subjects;"),
    ],
)
def test_an_unknown_command_gets_the_command_that_answers(word: str, hint: str) -> None:
    """People come with the words of other tools."""
    result = run(word, "pods")

    assert (2, "") == (result.status, result.stdout)
    assert f"error: unknown command: `{word}`\nhint: {hint} see `" in result.stderr


def test_synonyms_are_of_commands_that_exist() -> None:
    """A hint that names no command would be an error of its own. No word has two meanings."""
    words = [word for synonyms in SYNONYMS.values() for word in synonyms]

    assert set(SYNONYMS) <= set(COMMANDS)
    assert [] == sorted({*words, *INSTEAD} & {*COMMANDS, *ALIASES})
    assert sorted({*words, *INSTEAD}) == sorted([*words, *INSTEAD])


@pytest.mark.parametrize(
    ("line", "repeated"),
    [
        ("who-can get pods", "`-n`"),
        ("access alice@example.com", "`-n`"),
        ("explain alice@example.com get pods", "the command"),
        ("check", "the command"),
        ("profiles", "the command"),
    ],
)
def test_a_list_of_namespaces_is_an_error(line: str, repeated: str) -> None:
    """As in kubectl, `-n` takes one name. The list would be the name of a namespace that does not exist."""
    result = run(*line.split(), "-n", "team-a,team-b", "--demo")

    assert (2, "") == (result.status, result.stdout)
    assert "error: `-n team-a,team-b`: `-n` takes the name of one namespace" in result.stderr
    assert f"hint: repeat {repeated} for each namespace" in result.stderr


@pytest.mark.parametrize(
    ("flags", "hint"),
    [
        pytest.param(("--context", "stagng"), "did you mean `staging`?", id="a context"),
        pytest.param(("--context", "Prod"), "did you mean `prod`?", id="another case"),
        pytest.param(("--context", "qa"), "the kubeconfig has `prod`, `staging`", id="no such context"),
        pytest.param(("--cluster", "satging"), "did you mean `staging`?", id="a cluster"),
        pytest.param(("--user", "deploier"), "did you mean `deployer`?", id="a user"),
        pytest.param(("--user", "alice"), "write `access alice@example.com`", id="a person"),
    ],
)
def test_a_name_that_the_kubeconfig_lacks(flags: tuple[str, str], hint: str, tmp_path: Path) -> None:
    """The closest name is suggested; otherwise all names are listed."""
    (tmp_path / "config").write_text(CONFIG)

    result = run("whoami", "--kubeconfig", str(tmp_path / "config"), *flags)

    assert 2 == result.status
    assert hint in result.stderr


@pytest.mark.parametrize(
    "line", ["who-can get pods", "access alice@example.com", "explain alice@example.com get pods"]
)
@pytest.mark.parametrize(("typed", "suggestion"), [("taem-a", "; did you mean `team-a`?"), ("team-x", "")])
def test_a_namespace_that_does_not_exist(line: str, typed: str, suggestion: str) -> None:
    """It is answered with a remark, because grants for the whole cluster hold in namespaces to come."""
    result = run(*line.split(), "-n", typed, "--demo")

    assert result.status in (0, 1)
    assert f"there is no namespace `{typed}`: answering as if it existed{suggestion}\n" in result.stderr
