"""Commands on a real terminal: no line is longer than it is wide, and nothing is broken in the middle."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from kubectl_kfaccess.terminal.wrapping import width
from tools import terminal

COLOR = re.compile(r"\x1b\[[0-9;]*m")
COMMANDS = (
    "who-can get secrets -A",
    "who-can create inferenceservices -n team-a",
    "access alice@example.com",
    "access alice@example.com -n team-a",
    "access erin@example.com --indirect",
    "who-can get secrets -A --indirect",
    "explain bob@example.com get secrets -n team-a --indirect",
    "explain grace@example.com create inferenceservices -n team-b",
    "explain alice@example.com create inferenceservices -n team-a",
    "check",
    "profiles",
    "profiles team-a",
    "audit",
    "audit team-a --against team-b",
    "aggregation",
    "aggregation kubeflow-edit -o tree",
    "resources",
    "review examples/reviews.yaml",
    "diff -f examples/new-binding.yaml",
    "diff --without examples/old.yaml --with examples/new.yaml",
    "whoami",
    "whoami --as bob@example.com",
    "explain bob@example.com get secrets -n no-such-namespace",
)


def on_terminal(columns: int, *words: str, locale: str = "C.UTF-8") -> str:
    """Return what the executable writes to a terminal of that width, on stdout and stderr."""
    line = f"kubectl kfaccess {shlex.join(words)}"
    return terminal.on_terminal(columns, line, locale=locale, has_colors=True, has_errors=True).text


@pytest.mark.parametrize("columns", [80, 120, 200])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_line_is_longer_than_the_terminal(command: str, columns: int) -> None:
    """Unless it is a single word that is longer than the terminal itself."""
    text = on_terminal(columns, *shlex.split(command), "--demo")
    lines = COLOR.sub("", text).splitlines()

    assert lines
    assert [] == [line for line in lines if width(line) > columns and " " in line]


# On Kubeflow 1.10 with the profiles that its own controllers made
OF_A_RELEASE = {
    "who-can get secrets -A": "4 people, 2 groups and 5 service accounts can get secrets",
    "who-can create inferenceservices -n alice": "3 people, 1 group and 1 service account can create",
    "access carol@example.com": "carol@example.com is an edit contributor in alice and bob, and can do",
    "access carol@example.com -n alice": "carol@example.com is an edit contributor in alice: ",
    "access contributor-view": "contributor-view is a view contributor in ",
    "explain bob@example.com create inferenceservices -n bob": "no: bob@example.com cannot create",
    "explain carol@example.com create inferenceservices -n alice": "yes: carol@example.com can create",
    "check": "no: pipelines cannot run in kubeflow-user-example-com",
    "check -n alice": "ok: pipelines have what they need in alice",
    "profiles": "5 profiles: 1 error, 4 warnings",
    "profiles alice": "alice@example.com shares alice with 3 contributors and 1 group",
    "aggregation": "ok: all 17 aggregated ClusterRoles would get the rules",
    "whoami --as alice@example.com": "you are alice@example.com, in group system:authenticated; you own",
}
RELEASE_FILES = ("kubeflow-v1.10-rbac.yaml", "profiles-v1.10.yaml")


@pytest.mark.parametrize("columns", [80, 120, 200])
@pytest.mark.parametrize("command", OF_A_RELEASE)
def test_a_release_fits_and_begins_with_the_answer(command: str, columns: int, corpus: Path) -> None:
    """A line is too long only if it is a single word, and the verdict is in the first line."""
    files = [word for name in RELEASE_FILES for word in ("-f", str(corpus / name))]
    text = COLOR.sub("", on_terminal(columns, *shlex.split(command), *files))
    lines = text.splitlines()

    assert " ".join(text.split()).startswith(OF_A_RELEASE[command])
    assert [] == [line for line in lines if width(line) > columns and " " in line.strip()]


FIRST_LINES = {
    "explain grace@example.com create inferenceservices -n team-b": (
        "no: grace@example.com cannot create inferenceservices in team-b"
    ),
    "explain alice@example.com create inferenceservices -n team-a": (
        "yes: alice@example.com can create inferenceservices in team-a"
    ),
    "check": "ok: pipelines have what they need in team-a, team-b and team-c",
    "aggregation": "ok: all 15 aggregated ClusterRoles ",
    "review examples/reviews.yaml": "ok: 4 of 4 expectations met",
    "whoami --as bob@example.com": "you are bob@example.com, in group system:authenticated",
}


@pytest.mark.parametrize("command", FIRST_LINES)
def test_the_first_line_is_the_answer(command: str) -> None:
    """Nobody scrolls up for the verdict, not even on a small terminal."""
    text = COLOR.sub("", on_terminal(80, *shlex.split(command), "--demo"))

    assert text.startswith(FIRST_LINES[command])


def test_a_terminal_without_utf8_gets_ascii() -> None:
    """Branches and dots too: the demo's names are ASCII."""
    for command in ("aggregation kubeflow-edit -o tree", "profiles team-a"):
        text = on_terminal(80, *shlex.split(command), "--demo", locale="C")

        assert text
        assert text.isascii(), command


def test_a_terminal_with_utf8_gets_branches() -> None:
    """They are the ones that kubectl's tree plugins draw."""
    assert "├── " in on_terminal(80, "aggregation", "kubeflow-edit", "-o", "tree", "--demo")


def test_errors_have_colours_and_wrap() -> None:
    """As kubectl's, they are one line each where they fit."""
    long = "no-such-file-" * 5
    text = on_terminal(80, "who-can", "get", "pods", "-f", f"/a/{long}/{long}")

    first, *rest = text.splitlines()
    assert "\x1b[31merror:\x1b[0m cannot read" == first
    assert f"`/a/{long}/{long}`:" in rest
