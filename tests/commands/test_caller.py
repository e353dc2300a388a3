"""Who "you" are: on the demo one of its administrators, with `--as` that user, and with files nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import run

YOU = "you@example.com"
ALICE = ("--as", "alice@example.com")
BINDING = """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: editors, namespace: team-a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: editors}]
"""


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    """Return the path of a file in which a group has a role."""
    path = tmp_path / "binding.yaml"
    path.write_text(BINDING)
    return str(path)


def test_you_are_an_administrator_of_the_demo() -> None:
    """No binding names the user; a group gives them everything."""
    answer = run("access", "--demo", "-o", "json").json

    assert (YOU, "User") == (answer["subject"]["name"], answer["subject"]["kind"])
    assert run("explain", "delete", "nodes", "--demo").lines[0] == f"yes: {YOU} can delete nodes"


def test_your_group_is_said_to_be_yours() -> None:
    """No server has said so."""
    answer = run("explain", "delete", "nodes", "--demo")

    assert "why   member of group platform-admins, one of your groups" in answer.lines


def test_as_chooses_who_you_are_on_the_demo() -> None:
    """As with a server, where it impersonates."""
    alone = run("explain", *ALICE, "create", "notebooks", "-n", "team-b", "--demo")

    assert (1, "no: alice@example.com cannot create notebooks in team-b") == (alone.status, alone.lines[0])


def test_as_and_its_groups_choose_who_you_are_with_files(manifest: str) -> None:
    """`--as-group` gives what the group has."""
    question = ("create", "secrets", "-n", "team-a", "-f", manifest, "--as", "bob")

    assert 0 == run("explain", *question, "--as-group", "editors").status
    assert 1 == run("explain", *question).status


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(("access",), id="access"),
        pytest.param(("explain", "create", "secrets", "-n", "team-a"), id="explain"),
        pytest.param(("whoami",), id="whoami"),
    ],
)
def test_files_have_no_you(argv: tuple[str, ...], manifest: str) -> None:
    """The error names both ways out."""
    answer = run(*argv, "-f", manifest)

    assert (2, "") == (answer.status, answer.stdout)
    assert 'with -f there is no "you"' in answer.stderr
    assert "`--as NAME`" in answer.stderr


def test_a_pasted_mesh_refusal_without_a_name_is_about_you() -> None:
    """The refusal of a proxy names nobody."""
    answer = run("explain", "--from-error", "RBAC: access denied", "-n", "team-a", "--demo")

    assert answer.lines[0] == f"no: the mesh does not let {YOU} reach the workloads in team-a"
