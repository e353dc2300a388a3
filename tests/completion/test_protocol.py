"""The answer to kubectl on TAB: candidates, what to do with them, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.completion.program import Done, tab
from tests.running import NOWHERE

NOTHING = Done(":4\n", "", 0)

# cobra's ShellCompDirective: no space after the word, no files, files, only folders, in this order
NO_SPACE, NO_FILES, FILES, FOLDERS, ORDERED = 2, 4, 0, 16, 32


@pytest.mark.parametrize(
    ("words", "directive"),
    [
        pytest.param(("",), NO_FILES | ORDERED, id="commands"),
        pytest.param(("who-can", ""), NO_FILES | ORDERED, id="verbs"),
        pytest.param(("who-can", "get", "po"), NO_FILES, id="types in the order of the alphabet"),
        pytest.param(("access", "--demo", "sa:team-a"), NO_FILES | NO_SPACE, id="a namespace"),
        pytest.param(("who-can", "get", ""), NO_FILES | ORDERED, id="types"),
        pytest.param(("explain", ""), NO_FILES | ORDERED, id="people and verbs"),
        pytest.param(("profiles", ""), NO_FILES, id="names"),
        pytest.param(("review", ""), FILES, id="files"),
        pytest.param(("--kubeconfig", ""), FILES, id="the kubeconfig"),
        pytest.param(("--cache-dir", ""), FOLDERS, id="a folder"),
        pytest.param(("frobnicate", ""), NO_FILES, id="nothing"),
    ],
)
def test_the_last_line_tells_the_shell_what_to_do(words: tuple[str, ...], directive: int) -> None:
    """The numbers are cobra's; files are offered where they belong and nowhere else."""
    assert directive == tab(*words, environ=NOWHERE).directive


def test_a_candidate_is_a_word_and_its_description() -> None:
    """A tab separates them: the oldest script expands candidates that have no description."""
    assert "create\tmake new ones\n:4\n" == tab("who-can", "crea", environ=NOWHERE).stdout


def test_a_joined_value_is_offered_without_its_flag() -> None:
    """The shells' scripts add `--via=` themselves."""
    assert ["kubeflow"] == tab("who-can", "--via=kubef", environ=NOWHERE).words


def test_every_candidate_has_a_description() -> None:
    """This includes the names of the demo and the program's own words."""
    for words in ((""), ("access", "--demo", ""), ("profiles", "--demo", ""), ("who-can", "get", "")):
        lines = tab(*words, environ=NOWHERE).stdout.splitlines()[:-1]

        assert lines
        assert [] == [line for line in lines if not line.partition("\t")[2]]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("frobnicate", ""), id="an unknown command"),
        pytest.param(("--", "\x1b[2J"), id="an escape"),
        pytest.param(("who-can", "$(touch pwned)"), id="a command"),
        pytest.param(("who-can", "get", "pods/../../x"), id="a path"),
        pytest.param(("who-can", "get", "\u0430"), id="a look-alike"),
        pytest.param((b"who-can", b"\xff\xfe"), id="bytes that are no text"),
        pytest.param(("access", "-n", "../../..", "sa:"), id="a namespace that is a path"),
        pytest.param(("-n", "a\nb", "access", "x"), id="a namespace of two lines"),
        pytest.param(("--as-user-extra", "x", "access", "x"), id="a flag that makes no sense"),
        pytest.param(("-s", "https://[", "-n", ""), id="an address that is none"),
        pytest.param(("--request-timeout", "soon", "-n", ""), id="a time that is none"),
        pytest.param(("--context", "gone", "-n", ""), id="a context that is not there"),
        pytest.param(("--kubeconfig", "/gone", "--context", ""), id="a kubeconfig that is not there"),
        pytest.param(("--kubeconfig", "a\\0b", "--context", ""), id="a kubeconfig of no name"),
        pytest.param(("x" * 100_000,), id="a very long word"),
        pytest.param(("access", "--group=" + "x" * 10_000), id="a very long value"),
    ],
)
def test_no_line_causes_a_message_or_an_error(words: tuple[str | bytes, ...], tmp_path: Path) -> None:
    """There are no candidates and no messages; kubectl would drop an answer with another status."""
    assert NOTHING == tab(*words, environ={"HOME": str(tmp_path)}, cwd=tmp_path)


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({}, id="empty"),
        pytest.param({"HOME": ""}, id="no home"),
        pytest.param({"HOME": "relative"}, id="a relative home"),
        pytest.param({"KUBECONFIG": ":::"}, id="no kubeconfig"),
        pytest.param({"KUBECONFIG": "/proc/self/mem"}, id="a kubeconfig that cannot be read"),
        pytest.param({"KUBECACHEDIR": "/proc/nowhere"}, id="a cache that cannot be written"),
        pytest.param({"KUBECACHEDIR": "/dev/null"}, id="a cache that is a device"),
        pytest.param({"LANG": "C", "PYTHONIOENCODING": "ascii"}, id="an old locale"),
    ],
)
def test_no_environment_causes_a_message(environ: dict[str, str], tmp_path: Path) -> None:
    """The program's own words are still offered."""
    assert NOTHING == tab("profiles", "", environ=environ, cwd=tmp_path)
    assert ["create"] == tab("who-can", "crea", environ=environ, cwd=tmp_path).words


def test_a_directory_that_is_gone_is_no_error(tmp_path: Path) -> None:
    """Another program removed it while the shell was in it."""
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f'rmdir "{gone}"; "$0" who-can crea; "$0" -n ""'

    done = in_shell(script, cwd=gone)

    assert ("create\tmake new ones\n:4\n:4\n", "") == done


def test_a_reader_that_went_away_is_no_error(tmp_path: Path) -> None:
    """Ctrl-C ends kubectl first."""
    assert ("", "") == in_shell('"$0" "" >&-', cwd=tmp_path)


def in_shell(script: str, cwd: Path) -> tuple[str, str]:
    """Return what a script writes in which `$0` is the executable."""
    import subprocess

    from tests.completion.program import EXECUTABLE

    done = subprocess.run(
        ["sh", "-c", script, EXECUTABLE],
        capture_output=True, text=True, check=True, cwd=cwd, env={"PATH": os.defpath, "HOME": str(cwd)},
    )  # fmt: skip
    return done.stdout, done.stderr
