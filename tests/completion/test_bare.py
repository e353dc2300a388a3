"""The executable completes its own name with argcomplete, and offers the same candidates as kubectl."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kubectl_kfaccess.completion.bare import SHELLS, paths, script
from tests.completion.program import tab
from tests.running import NOWHERE

PROGRAM = Path(sys.executable).with_name("kubectl-kfaccess")
SEPARATOR = "\013"  # the separator of argcomplete's script for bash


def pressed(line: str, shell: str = "bash", cwd: Path | None = None, breaks: str = "") -> list[str]:
    """Return the executable's answer to argcomplete's script when TAB is pressed after *line*."""
    environ = {
        **NOWHERE, "PATH": os.defpath, "_ARGCOMPLETE": "1", "_ARGCOMPLETE_SHELL": shell,
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1", "_ARGCOMPLETE_COMP_WORDBREAKS": breaks,
        "COMP_LINE": line, "COMP_POINT": str(len(line)),
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", '"$0" 8>&1 9>/dev/null 1>/dev/null', PROGRAM],
        capture_output=True, text=True, check=True, env=environ, cwd=cwd,
    )  # fmt: skip
    assert "" == done.stderr
    return done.stdout.split(SEPARATOR) if done.stdout else []


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("who-can",),
        ("who-can", "get"),
        ("access", "--demo"),
        ("check", "--demo"),
        ("profiles", "-o"),
        ("frobnicate",),
    ],
    ids=" ".join,
)
def test_the_candidates_are_those_behind_kubectl(words: tuple[str, ...]) -> None:
    """The same code decides both."""
    assert tab(*words, "", environ=NOWHERE).words == pressed(" ".join(("kubectl-kfaccess", *words, "")))


@pytest.mark.parametrize(
    ("line", "breaks", "expected"),
    [
        pytest.param("who-can crea", "", ["create"], id="a word"),
        pytest.param("who-can --via=kubef", "", ["--via=kubeflow"], id="a joined value"),
        pytest.param("who-can --no-pl", "", ["--no-platform"], id="a flag"),
        pytest.param("who-can --via=kubef", "=", ["kubeflow"], id="a joined value where bash breaks at ="),
        pytest.param("access --demo sa:team-a/default-e", "", ["sa:team-a/default-editor"], id="an account"),
        pytest.param("access --demo sa:team-a/default-e", ":", ["team-a/default-editor"], id="broken at :"),
        pytest.param("access --demo 'ali", "", ["alice@example.com"], id="an open quote"),
        pytest.param("who-can 'crea", "", ["create"], id="a quote"),
        pytest.param("who-can get -- -", "", [], id="after the end of flags"),
    ],
)
def test_a_line_is_read_as_the_shell_has_it(line: str, breaks: str, expected: list[str]) -> None:
    """Quotes can be open, and bash breaks words at other characters than spaces."""
    assert expected == pressed(f"kubectl-kfaccess {line}", breaks=breaks)


def test_zsh_gets_descriptions() -> None:
    """They follow a colon, as zsh's `_describe` needs them."""
    assert ["create:make new ones"] == pressed("kubectl-kfaccess who-can crea", shell="zsh")


def test_files_are_offered_where_they_belong(tmp_path: Path) -> None:
    """Names are quoted for the shell, folders end with a slash, and hidden files need a dot."""
    for name in ("reviews.yaml", "re views.yaml", "re$(touch x).yaml", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "reports").mkdir()

    offered = pressed("kubectl-kfaccess review re", cwd=tmp_path)
    folders = pressed("kubectl-kfaccess whoami --cache-dir re", cwd=tmp_path)

    assert ["re\\ views.yaml", "re\\$\\(touch\\ x\\).yaml", "reports/", "reviews.yaml"] == sorted(offered)
    assert ["reports/"] == folders
    assert [".hidden"] == pressed("kubectl-kfaccess review .", cwd=tmp_path)
    assert [] == pressed("kubectl-kfaccess profiles re", cwd=tmp_path)


def test_a_file_with_control_characters_in_its_name_is_not_offered(tmp_path: Path) -> None:
    """A line break in a name would break the line in the terminal."""
    for name in ("a\nb", "a\x1b[2J", "ab"):
        (tmp_path / name).touch()

    assert [f"{tmp_path}/ab"] == paths(f"{tmp_path}/a", folders=False)
    assert [] == paths("/gone/a", folders=False)
    assert [] == paths("~nobody-of-that-name/", folders=False)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_takes_its_script(shell: str) -> None:
    """The script is valid in the shell's own language, and names the program that it completes."""
    import shutil

    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed: its script was not read by it")
    done = subprocess.run([shell, "-n"], input=script(shell), capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)
    assert "kubectl-kfaccess" in script(shell)


def test_bash_keeps_our_order_if_it_can() -> None:
    """It has been able to since 4.4; an older one would refuse the option, and gets a script without it."""
    lines = "\n".join([script("bash"), "complete -p kubectl-kfaccess", 'echo "$((BASH_VERSINFO[0]))"'])
    done = subprocess.run(["bash", "--norc"], input=lines, capture_output=True, text=True, check=True)
    registered, version = done.stdout.splitlines()

    assert (int(version) >= 5, "") == ("-o nosort" in registered, done.stderr)
    assert "-o nospace" in registered


def test_the_hidden_word_answers_as_the_executable_of_kubectl() -> None:
    """The script of `completion install` calls it."""
    done = subprocess.run(
        [PROGRAM, "__complete", "who-can", "crea"], capture_output=True, text=True, check=True, env=NOWHERE
    )

    assert tab("who-can", "crea", environ=NOWHERE).stdout == done.stdout
    assert "" == done.stderr
