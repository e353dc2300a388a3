"""`completion install`, `uninstall` and the scripts: our files are written and removed, others never."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import NOWHERE, Result, run

PROGRAM = Path(sys.executable).with_name("kubectl-kfaccess")
COMPLETER = "kubectl_complete-kfaccess"


class Machine:
    """A machine where a package manager installed a single executable, as krew does."""

    def __init__(self, folder: Path) -> None:
        self.home, self.programs = folder / "home", folder / "bin"
        self.home.mkdir()
        self.programs.mkdir()
        (self.programs / "kubectl-kfaccess").symlink_to(PROGRAM)
        self.environ = {"HOME": str(self.home), "PATH": str(self.programs), "SHELL": "/bin/bash"}
        self.completer = self.programs / COMPLETER
        self.script = self.home / ".local/share/bash-completion/completions/kubectl-kfaccess"

    def __call__(self, *argv: str, **environ: str) -> Result:
        """Return the result of `completion` on this machine."""
        return run("completion", *argv, environ={**self.environ, **environ})

    @property
    def files(self) -> dict[str, str]:
        """Return all files with their contents, without links."""
        paths = [*self.home.rglob("*"), *self.programs.iterdir()]
        return {str(path): path.read_text() for path in paths if path.is_file() and not path.is_symlink()}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine without completion."""
    return Machine(tmp_path)


def test_install_writes_what_is_missing_and_says_so(machine: Machine) -> None:
    """It writes the executable for kubectl beside the program, and the script where bash looks for it."""
    answer = machine("install")

    assert (0, "") == (answer.status, answer.stderr)
    assert [f"wrote {machine.completer}", f"wrote {machine.script}"] == answer.lines
    assert {str(machine.completer), str(machine.script)} == set(machine.files)
    assert os.access(machine.completer, os.X_OK)


def test_what_was_installed_answers(machine: Machine) -> None:
    """The executable calls the program on PATH, where kubectl paths it too."""
    machine("install")

    path = f"{machine.programs}{os.pathsep}{os.defpath}"
    done = subprocess.run(
        [machine.completer, "who-can", "crea"],
        capture_output=True, text=True, check=True, env={**NOWHERE, "PATH": path},
    )  # fmt: skip

    assert ("create\tmake new ones\n:4\n", "") == (done.stdout, done.stderr)


def test_installing_twice_changes_nothing(machine: Machine) -> None:
    """The second time, nothing is missing."""
    machine("install")
    before = machine.files

    answer = machine("install")

    assert [f"{machine.completer} is there already", f"{machine.script} is there already"] == answer.lines
    assert before == machine.files


def test_a_file_of_an_older_version_is_replaced(machine: Machine) -> None:
    """It starts with our mark."""
    machine("install")
    text = machine.script.read_text()
    machine.script.write_text(f"{text}\n# as it was before\n")

    answer = machine("install")

    assert f"wrote {machine.script}" in answer.lines
    assert text == machine.script.read_text()


@pytest.mark.parametrize("action", ["install", "uninstall"])
def test_a_dry_run_touches_nothing(machine: Machine, action: str) -> None:
    """It only prints what would happen."""
    if action == "uninstall":
        machine("install")
    before = machine.files

    answer = machine(action, "--dry-run")

    verb = "write" if action == "install" else "remove"
    assert [f"would {verb} {machine.completer}", f"would {verb} {machine.script}"] == answer.lines
    assert before == machine.files


def test_uninstall_removes_what_install_wrote(machine: Machine) -> None:
    """A second time, there is nothing to remove."""
    machine("install")

    removed, again = machine("uninstall"), machine("uninstall")

    assert [f"removed {machine.completer}", f"removed {machine.script}"] == removed.lines
    assert ({}, ["nothing to uninstall"]) == (machine.files, again.lines)


def test_uninstall_removes_what_was_kept_of_clusters(machine: Machine) -> None:
    """The names and the discovery that we cached are removed; kubectl's own caches beside them stay."""
    caches = machine.home / ".kube" / "cache"
    for name in ("kfaccess/completion/a.json", "kfaccess/server/discovery.json", "discovery/kubectls.json"):
        (caches / name).parent.mkdir(parents=True, exist_ok=True)
        (caches / name).write_text("{}")

    planned, removed = machine("uninstall", "--dry-run"), machine("uninstall")

    assert [f"would remove {caches}/kfaccess"] == planned.lines
    assert [f"removed {caches}/kfaccess"] == removed.lines
    assert {str(caches / "discovery/kubectls.json")} == set(machine.files)


def test_uninstall_follows_no_link(machine: Machine, tmp_path: Path) -> None:
    """If the cache folder is a link, its target is not ours."""
    other = tmp_path / "other"
    (other / "kept").mkdir(parents=True)
    (machine.home / ".kube" / "cache").mkdir(parents=True)
    (machine.home / ".kube" / "cache" / "kfaccess").symlink_to(other)

    assert ["nothing to uninstall"] == machine("uninstall").lines
    assert (other / "kept").is_dir()


def test_an_executable_that_a_package_manager_installed_is_enough(machine: Machine) -> None:
    """pip, pipx and uv install both executables."""
    machine.completer.symlink_to(PROGRAM.with_name(COMPLETER))

    assert [f"wrote {machine.script}"] == machine("install").lines
    assert [f"removed {machine.script}"] == machine("uninstall").lines
    assert machine.completer.is_symlink()


def test_somebody_elses_file_is_left_alone(machine: Machine) -> None:
    """It is neither replaced nor removed, and the hint says what to do."""
    machine.script.parent.mkdir(parents=True)
    machine.script.write_text("# mine\n")

    refused, kept = machine("install"), machine("uninstall")

    assert (2, "# mine\n") == (refused.status, machine.script.read_text())
    assert f"`{machine.script}` is not ours" in refused.stderr
    assert f"{machine.script} is not ours: it stays" in kept.lines


@pytest.mark.parametrize(
    ("shell", "script"),
    [
        ("bash", ".local/share/bash-completion/completions/kubectl-kfaccess"),
        ("fish", ".config/fish/completions/kubectl-kfaccess.fish"),
        ("zsh", ""),
    ],
)
def test_the_script_goes_where_the_shell_looks(machine: Machine, shell: str, script: str) -> None:
    """zsh reads no such folder in the home directory: `status` says which line to add."""
    machine("install", "--shell", shell)

    expected = {str(machine.completer)} | ({str(machine.home / script)} if script else set())
    assert expected == set(machine.files)


def test_directories_that_variables_name_are_used(machine: Machine, tmp_path: Path) -> None:
    """As the shells do."""
    answer = machine("install", XDG_DATA_HOME=str(tmp_path / "data"))

    assert f"wrote {tmp_path}/data/bash-completion/completions/kubectl-kfaccess" in answer.lines


def test_the_user_may_choose_where_the_executable_goes(machine: Machine, tmp_path: Path) -> None:
    """The program's own directory can belong to another user."""
    other = tmp_path / "other"

    assert f"wrote {other / COMPLETER}" in machine("install", "--directory", str(other)).lines
    assert f"removed {other / COMPLETER}" in machine("uninstall", "--directory", str(other)).lines


def test_a_program_that_is_not_on_path_is_an_error_that_says_so(machine: Machine) -> None:
    """kubectl could not find it either."""
    answer = machine("install", PATH="/nonexistent")

    assert (3, {}) == (answer.status, machine.files)
    assert "not on PATH" in answer.stderr
    assert "--directory" in answer.stderr


def test_a_directory_that_cannot_be_written_is_an_error_that_names_it(machine: Machine) -> None:
    """Not even root can create a file below a device."""
    answer = machine("install", "--directory", "/dev/null/bin")

    assert 3 == answer.status
    assert f"cannot write `/dev/null/bin/{COMPLETER}`" in answer.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_goes_to_stdout_alone(shell: str) -> None:
    """It can be sourced; stderr says that `kubectl kfaccess` does not need it."""
    answer = run("completion", shell)

    assert 0 == answer.status
    assert "kubectl-kfaccess" in answer.stdout
    assert "note: " not in answer.stdout
    assert answer.stderr.startswith("note: ")
    assert "behind `kubectl kfaccess` nothing needs to be sourced" in answer.stderr


@pytest.mark.parametrize("flag", [("--dry-run",), ("--directory", "x")], ids=" ".join)
def test_flags_about_files_go_with_files(flag: tuple[str, ...]) -> None:
    """`status` writes nothing."""
    answer = run("completion", "status", *flag)

    assert (2, "") == (answer.status, answer.stdout)
    assert f"`{flag[0]}`" in answer.stderr
