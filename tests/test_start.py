"""Help, `version --client` and completion start fast: they import only what they need."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(sys.executable).parent
HEAVY = {"kubernetes", "tabulate", "yaml", "urllib3", "msgspec", "dataclasses", "inspect", "wcwidth"}
IMPORTED = re.compile(r"^import time: +[0-9]+ \| +[0-9]+ \| *([\w.]+)$", re.MULTILINE)

QUICK = [
    pytest.param(("kubectl-kfaccess", "--help"), id="--help"),
    pytest.param(("kubectl-kfaccess",), id="no arguments"),
    pytest.param(("kubectl-kfaccess", "who-can", "--help"), id="who-can --help"),
    pytest.param(("kubectl-kfaccess", "review", "--help"), id="review --help"),
    pytest.param(("kubectl-kfaccess", "options"), id="options"),
    pytest.param(("kubectl-kfaccess", "help", "explain"), id="help explain"),
    pytest.param(("kubectl-kfaccess", "version", "--client"), id="version --client"),
    pytest.param(("kubectl-kfaccess", "--version"), id="--version"),
    pytest.param(("kubectl_complete-kfaccess", "who-can", ""), id="completion"),
    pytest.param(("kubectl_complete-kfaccess", "who-can", "create", ""), id="completion of types"),
    pytest.param(("kubectl_complete-kfaccess", "access", "--demo", ""), id="completion of names"),
]


def started(*argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Return the finished process of one of the executables."""
    program, *rest = argv
    return subprocess.run(
        [SCRIPTS / program, *rest],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
        timeout=60,
    )


@pytest.mark.parametrize("argv", QUICK)
def test_a_quick_start_imports_nothing_heavy(argv: tuple[str, ...], tmp_path: Path) -> None:
    """
    It imports no Kubernetes client, YAML reader, decoder, or slow way to make classes.

    A user's first TAB reads the kubeconfig and caches the result, so the second one is measured.
    """
    home = {"HOME": str(tmp_path), "KUBECONFIG": ""}
    started(*argv, **home)
    done = started(*argv, **home, PYTHONPROFILEIMPORTTIME="1")

    imported = {name.split(".")[0] for name in IMPORTED.findall(done.stderr)}
    assert "kubectl_kfaccess" in imported
    assert set() == imported & HEAVY


def test_an_answer_imports_what_it_needs() -> None:
    """The measurement works: a question about the demo decodes and reads YAML, without a client."""
    done = started("kubectl-kfaccess", "who-can", "get", "pods", "--demo", PYTHONPROFILEIMPORTTIME="1")

    imported = {name.split(".")[0] for name in IMPORTED.findall(done.stderr)}
    assert {"msgspec", "yaml", "tabulate"} <= imported
    assert "kubernetes" not in imported


def test_a_question_to_a_cluster_imports_no_kubernetes_client(tmp_path: Path) -> None:
    """The library takes longer than the rest of the start; only a token that has expired needs it."""
    config = tmp_path / "config"
    config.write_text(UNREACHABLE, encoding="utf-8")
    argv = ("kubectl-kfaccess", "who-can", "get", "pods", "--kubeconfig", str(config))
    done = started(*argv, HOME=str(tmp_path), PYTHONPROFILEIMPORTTIME="1")

    assert 3 == done.returncode
    assert "the connection to the server 127.0.0.1:1 was refused" in done.stderr
    imported = {name.split(".")[0] for name in IMPORTED.findall(done.stderr)}
    assert "urllib3" in imported
    assert set() == imported & {"kubernetes", "requests", "oauthlib", "pydantic"}


UNREACHABLE = """
current-context: here
contexts: [{name: here, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: me, user: {token: t}}]
"""


def test_completion_imports_no_parser() -> None:
    """Importing argparse and argcomplete would take longer than everything else."""
    done = started("kubectl_complete-kfaccess", "who-can", "", PYTHONPROFILEIMPORTTIME="1")

    imported = {name.split(".")[0] for name in IMPORTED.findall(done.stderr)}
    assert set() == imported & {"argparse", "argcomplete", "dataclasses", "subprocess", "ssl"}


def test_other_commands_do_not_import_completion() -> None:
    """Only TAB needs argcomplete."""
    done = started("kubectl-kfaccess", "version", "--client", PYTHONPROFILEIMPORTTIME="1")

    assert set() == {name for name in IMPORTED.findall(done.stderr) if "complet" in name} - {
        "kubectl_kfaccess.commands.completion.answer"
    }


def test_help_names_the_program_as_users_call_it() -> None:
    """kubectl runs the executable `kubectl-kfaccess`, so help says `kubectl kfaccess`."""
    done = started("kubectl-kfaccess", "who-can", "--help")

    assert (0, "") == (done.returncode, done.stderr)
    assert "\nUsage:\n  kubectl kfaccess who-can " in done.stdout


def test_the_process_ends_with_the_status_of_the_command() -> None:
    """A usage error ends with 2 and prints its message on stderr."""
    done = started("kubectl-kfaccess", "whocan")

    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("error: ")
