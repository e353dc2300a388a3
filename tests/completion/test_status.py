"""`completion status`: what works is, what is missing, and how to fix it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import Result, run

KUBECTL = """#!/bin/sh
echo '{"clientVersion": {"gitVersion": "%s"}}'
"""
SCRIPTS = {
    "bash": (".bashrc", "source <(kubectl completion bash)"),
    "zsh": (".zshrc", "source <(kubectl completion zsh)"),
    "fish": (".config/fish/config.fish", "kubectl completion fish | source"),
}

COMPINIT = "autoload -Uz compinit && compinit"


class Machine:
    """A machine on which completion works until a test removes something."""

    def __init__(self, folder: Path, version: str = "v1.36.3") -> None:
        self.root, self.home, self.programs = folder / "root", folder / "home", folder / "bin"
        self.bash_completion = self.root / "usr/share/bash-completion/bash_completion"
        self.put(self.bash_completion, "")
        self.put(self.root / "etc/bash.bashrc", f"  . {self.bash_completion}\n")
        for file, line in SCRIPTS.values():
            self.put(self.home / file, f"{COMPINIT if file == '.zshrc' else ''}\n{line}\n")
        self.put(self.programs / "kubectl", KUBECTL % version)
        for name in ("kubectl-kfaccess", "kubectl_complete-kfaccess"):
            self.put(self.programs / name, "#!/bin/sh\n")

    def put(self, file: Path, text: str) -> None:
        """Write an executable file."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)

    def __call__(self, shell: str = "bash", *argv: str, **environ: str) -> Result:
        """Return the status in that shell."""
        own = {"HOME": str(self.home), "PATH": f"{self.programs}:/usr/bin:/bin", "SHELL": f"/bin/{shell}"}
        return run("completion", "status", *argv, environ={**own, **environ}, root=self.root)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine on which nothing is missing."""
    return Machine(tmp_path)


def fixes(answer: Result) -> list[str]:
    """Return the lines below `to fix:` without the names of the parts; the command must end with 1."""
    assert 1 == answer.status
    lines = answer.lines
    return [line.split(": ", 1)[1] for line in lines[lines.index("to fix:") + 1 :]]


@pytest.mark.parametrize("shell", SCRIPTS)
def test_nothing_is_missing_where_everything_is_installed(machine: Machine, shell: str) -> None:
    """Each part is listed with its path."""
    answer = machine(shell)

    assert (0, "") == (answer.status, answer.stderr)
    assert "nothing is missing" == answer.lines[-1]
    assert f"{machine.programs}/kubectl, v1.36.3" in answer.stdout
    assert f"{machine.programs}/kubectl_complete-kfaccess" in answer.stdout
    assert str(machine.home / SCRIPTS[shell][0]) in answer.stdout


def test_a_missing_kubectl_has_to_be_installed(machine: Machine) -> None:
    """1.26 is the first version that completes plugins."""
    (machine.programs / "kubectl").unlink()

    assert ["install kubectl 1.26 or newer, or add its directory to PATH"] == fixes(
        machine(PATH=str(machine.programs))
    )


@pytest.mark.parametrize(("version", "old"), [("v1.25.16", True), ("v1.26.0", False), ("v2.0.0", False)])
def test_a_kubectl_that_does_not_complete_plugins_is_too_old(tmp_path: Path, version: str, old: bool) -> None:
    """Completion of plugins came with 1.26."""
    answer = Machine(tmp_path, version)()

    assert old == ("this version does not complete plugins: install 1.26 or newer" in answer.stdout)


@pytest.mark.parametrize("script", ["exit 1", "echo '{}'", "echo nonsense", "echo '[]'"])
def test_a_kubectl_of_unknown_version_is_listed(machine: Machine, script: str) -> None:
    """It can be a wrapper."""
    machine.put(machine.programs / "kubectl", f"#!/bin/sh\n{script}\n")

    answer = machine()

    assert f"{machine.programs}/kubectl, of unknown version" in answer.stdout
    assert "nothing is missing" == answer.lines[-1]


@pytest.mark.parametrize(
    ("program", "fix"),
    [
        ("kubectl-kfaccess", "add the directory where it is installed to PATH"),
        ("kubectl_complete-kfaccess", "run `kubectl kfaccess completion install`"),
    ],
)
def test_a_missing_executable_has_to_be_on_path(machine: Machine, program: str, fix: str) -> None:
    """krew installs only one of them."""
    (machine.programs / program).unlink()

    assert [fix] == fixes(machine())


@pytest.mark.parametrize(("shell", "expected"), SCRIPTS.items(), ids=SCRIPTS)
def test_without_kubectls_own_script_its_line_is_given(
    machine: Machine, shell: str, expected: tuple[str, str]
) -> None:
    """Without this script, the shell does not ask kubectl; a commented line does not count."""
    file, line = expected
    (machine.home / file).write_text(f"{COMPINIT if shell == 'zsh' else ''}\n# {line}\n")

    assert [f"add this line to ~/{file}: {line}"] == fixes(machine(shell))


@pytest.mark.parametrize(
    ("file", "text", "read"),
    [
        pytest.param("root/etc/bash.bashrc", "#  . {script}", False, id="a line that is a comment"),
        pytest.param("root/etc/bashrc", 'for i in /etc/profile.d/*.sh; do . "$i"; done', True, id="Fedora"),
        pytest.param("root/etc/profile.d/bash_completion.sh", ". {script}", False, id="login shells alone"),
        pytest.param("home/.bashrc", 'if [ -f "{script}" ]; then\n  . "{script}"\nfi', True, id="Debian"),
        pytest.param("home/.bash_profile", '[[ -r "{script}" ]] && . "{script}"', True, id="Homebrew"),
        pytest.param("home/.bashrc", "source {script}", True, id="as it is told to"),
    ],
)
def test_bash_has_to_read_bash_completion(
    machine: Machine, tmp_path: Path, file: str, text: str, read: bool
) -> None:
    """Installing it is not enough: if bash does not read it, kubectl's script fails on TAB."""
    script = machine.bash_completion
    (machine.root / "etc/bash.bashrc").unlink()
    line = SCRIPTS["bash"][1] if file == "home/.bashrc" else ""
    machine.put(tmp_path / file, f"{line}\n{text.format(script=script)}\n")

    answer = machine()

    assert read is ("nothing is missing" == answer.lines[-1])
    assert read or [f"add this line to ~/.bashrc: source {script}"] == fixes(answer)


@pytest.mark.parametrize(
    ("text", "started"),
    [
        ("", False),
        (f"# {COMPINIT}", False),
        ("autoload -U +X compinit && compinit -u", True),
        ("source $ZSH/oh-my-zsh.sh", True),
        ("zinit light zsh-users/zsh-completions", True),
    ],
)
def test_zsh_has_to_start_its_completion(machine: Machine, text: str, started: bool) -> None:
    """Otherwise kubectl's script finds no `compdef`, and TAB offers files."""
    machine.put(machine.home / ".zshrc", f"{text}\n{SCRIPTS['zsh'][1]}\n")

    answer = machine("zsh")

    assert started is ("nothing is missing" == answer.lines[-1])
    assert started or [f"add this line to ~/.zshrc, before kubectl's: {COMPINIT}"] == fixes(answer)


@pytest.mark.parametrize(
    ("shell", "file"),
    [
        ("bash", "etc/bash_completion.d/kubectl"),
        ("zsh", "usr/share/zsh/vendor-completions/_kubectl"),
        ("fish", "usr/share/fish/vendor_completions.d/kubectl.fish"),
    ],
)
def test_the_script_of_a_package_is_enough(machine: Machine, shell: str, file: str) -> None:
    """The shell finds it without any setup."""
    (machine.home / SCRIPTS[shell][0]).write_text(COMPINIT if shell == "zsh" else "")
    machine.put(machine.root / file, "")

    answer = machine(shell)

    assert "nothing is missing" == answer.lines[-1]
    assert str(machine.root / file) in answer.stdout


@pytest.mark.parametrize(
    ("text", "works"),
    [("plugins=(git kubectl)\n", True), ("plugins=(git\n  kubectl\n)\n", True), ("plugins=(git)\n", False)],
    ids=["one line", "several lines", "without it"],
)
def test_the_plugin_of_oh_my_zsh_is_enough(machine: Machine, text: str, works: bool) -> None:
    """It loads kubectl's script."""
    (machine.home / ".zshrc").write_text(f"{text}source $ZSH/oh-my-zsh.sh\n")

    assert works == ("nothing is missing" == machine("zsh").lines[-1])


def test_zsh_can_have_another_directory(machine: Machine, tmp_path: Path) -> None:
    """ZDOTDIR names it."""
    machine.put(tmp_path / "zsh" / ".zshrc", SCRIPTS["zsh"][1])
    (machine.home / ".zshrc").unlink()

    assert str(tmp_path / "zsh" / ".zshrc") in machine("zsh", ZDOTDIR=str(tmp_path / "zsh")).stdout


def test_bash_needs_its_package(machine: Machine) -> None:
    """kubectl's script calls its functions."""
    (machine.root / "usr/share/bash-completion/bash_completion").unlink()

    assert ["kubectl's script for bash needs it: install this package"] == fixes(machine())


@pytest.mark.parametrize("shell", ["tcsh", ""], ids=["another shell", "no shell"])
def test_a_shell_that_is_not_known_has_to_be_named(machine: Machine, shell: str) -> None:
    """We do not know what an unknown shell needs."""
    answer = machine(shell)

    assert ["choose it with `--shell bash`, `--shell zsh` or `--shell fish`"] == fixes(answer)
    assert "nothing is missing" == machine(shell, "--shell", "fish").lines[-1]


def test_completion_of_the_executable_by_itself_is_optional(machine: Machine) -> None:
    """Its script is listed once it exists; `kubectl kfaccess` does not use it."""
    script = ".local/share/bash-completion/completions/kubectl-kfaccess"
    own = {"HOME": str(machine.home), "PATH": str(machine.programs)}

    without = machine()
    run("completion", "install", "--shell", "bash", environ=own)

    assert "not set up, which only that name needs" in without.stdout
    assert "nothing is missing" == without.lines[-1]
    assert f"kubectl-kfaccess by itself   {machine.home / script}" in machine().lines
