"""The parts of completion on this machine, what is missing, and how to fix it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kubectl_kfaccess.completion.bare import PROGRAM
from kubectl_kfaccess.completion.install import COMPLETER, own_script, program_path
from kubectl_kfaccess.environment import Environment

OLDEST_KUBECTL = (1, 26)
KUBECTL_SECONDS = 5.0


class Part(NamedTuple):
    """A part of completion: its name, its state in words, and how to fix it ("" if it works)."""

    name: str
    state: str
    fix: str = ""


def shell_of(env: Environment) -> str:
    """Return the name of the user's shell, "" if we have no completion for it."""
    name = Path(env.environ.get("SHELL", "")).name
    return name if name in _RC else ""


def parts(env: Environment, shell: str) -> Iterator[Part]:
    """Yield the parts of completion for kubectl in *shell* ("" if unknown), then for the executable."""
    yield _kubectl(env)
    yield _program(env)
    yield _completer(env)
    if not shell:
        yield Part("shell", "unknown", "choose it with `--shell bash`, `--shell zsh` or `--shell fish`")
        return
    yield Part("shell", shell)
    if shell == "bash":
        yield _bash_completion(env)
    elif shell == "zsh":
        yield _compinit(env)
    yield _kubectl_script(env, shell)
    yield _own_script(env, shell)


def _kubectl(env: Environment) -> Part:
    path = program_path("kubectl", env)
    if path is None:
        return Part("kubectl", "not on PATH", "install kubectl 1.26 or newer, or add its directory to PATH")
    version = _version(path, env)
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    if numbers is None:
        return Part("kubectl", f"{path}, of unknown version")
    old = (int(numbers[1]), int(numbers[2])) < OLDEST_KUBECTL
    fix = "this version does not complete plugins: install 1.26 or newer" if old else ""
    return Part("kubectl", f"{path}, {version}", fix)


def _version(path: Path, env: Environment) -> str:
    """Return kubectl's version (`v1.36.3`), "" if it does not print one within KUBECTL_SECONDS."""
    try:
        done = subprocess.run(
            [path, "version", "--client", "-o", "json"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=KUBECTL_SECONDS,
            env=dict(env.environ),
            check=False,
        )
        return str(json.loads(done.stdout)["clientVersion"]["gitVersion"])
    except (OSError, subprocess.TimeoutExpired, ValueError, LookupError, TypeError):
        return ""


def _program(env: Environment) -> Part:
    path = program_path(PROGRAM, env)
    if path is None:
        return Part(PROGRAM, "not on PATH", "add the directory where it is installed to PATH")
    return Part(PROGRAM, str(path))


def _completer(env: Environment) -> Part:
    path = program_path(COMPLETER, env)
    if path is None:
        return Part(COMPLETER, "not on PATH", "run `kubectl kfaccess completion install`")
    return Part(COMPLETER, str(path))


# Where kubectl's completion can be set up: startup files that load it, and the script itself in these places
_RC = {
    "bash": (".bashrc", ".bash_profile", ".profile", ".bash_completion"),
    "zsh": (".zshrc", ".zprofile", ".zshenv"),
    "fish": (".config/fish/config.fish",),
}
_READY = {
    "bash": (
        "etc/bash_completion.d/kubectl",
        "usr/share/bash-completion/completions/kubectl",
        "usr/local/share/bash-completion/completions/kubectl",
        "usr/local/etc/bash_completion.d/kubectl",
        "opt/homebrew/etc/bash_completion.d/kubectl",
    ),
    "zsh": (
        "usr/share/zsh/site-functions/_kubectl",
        "usr/share/zsh/vendor-completions/_kubectl",
        "usr/local/share/zsh/site-functions/_kubectl",
        "opt/homebrew/share/zsh/site-functions/_kubectl",
    ),
    "fish": (
        "etc/fish/completions/kubectl.fish",
        "usr/share/fish/completions/kubectl.fish",
        "usr/share/fish/vendor_completions.d/kubectl.fish",
        "usr/local/share/fish/vendor_completions.d/kubectl.fish",
        "opt/homebrew/share/fish/vendor_completions.d/kubectl.fish",
    ),
}
_OWN = {
    "bash": (".local/share/bash-completion/completions/kubectl",),
    "zsh": (),
    "fish": (".config/fish/completions/kubectl.fish",),
}
_LINES = {
    "bash": ("~/.bashrc", "source <(kubectl completion bash)"),
    "zsh": ("~/.zshrc", "source <(kubectl completion zsh)"),
    "fish": ("~/.config/fish/config.fish", "kubectl completion fish | source"),
}
_BASH_COMPLETION = (
    "usr/share/bash-completion/bash_completion",
    "usr/local/share/bash-completion/bash_completion",
    "etc/bash_completion",
    "usr/local/etc/profile.d/bash_completion.sh",
    "opt/homebrew/etc/profile.d/bash_completion.sh",
)


# What every interactive bash reads besides the user's own files, and how these files load bash-completion
_BASH_STARTS = ("etc/bash.bashrc", "etc/bashrc", "etc/bash/bashrc")
_SOURCES = re.compile(r"(?:^|[\s;&])(?:\.|source)\s+\S*bash_completion|/profile\.d/\*", re.MULTILINE)
_COMPINIT = re.compile(r"\bcompinit\b|oh-my-zsh|prezto|\b(?:antidote|antigen|zgenom|zim|zinit|zplug)\b")


def _kubectl_script(env: Environment, shell: str) -> Part:
    """Return the part about kubectl's own script for the shell, which asks kubectl for candidates."""
    name = f"kubectl's script for {shell}"
    scripts = [env.root / path for path in _READY[shell]] + [env.home / path for path in _OWN[shell]]
    file_with_script = next((path for path in scripts if path.is_file()), None) or next(
        (path for path in _rc_files(env, shell) if _mentions(path, shell)), None
    )
    if file_with_script:
        return Part(name, str(file_with_script))
    file, line = _LINES[shell]
    return Part(name, "not found", f"add this line to {file}: {line}")


def _rc_files(env: Environment, shell: str) -> Iterator[Path]:
    """Yield the user's startup files of a shell, whether or not they exist."""
    home = Path(env.environ.get("ZDOTDIR") or env.home) if shell == "zsh" else env.home
    yield from (home / name for name in _RC[shell])


def _mentions(path: Path, shell: str) -> bool:
    """Return whether the file loads kubectl's script, also by the kubectl plugin of oh-my-zsh."""
    text = _without_comments(path)
    plugin = shell == "zsh" and re.search(r"^\s*plugins=\([^)]*\bkubectl\b", text, re.MULTILINE)
    return bool(plugin) or re.search(rf"kubectl\s+completion\s+{shell}\b", text) is not None


def _bash_completion(env: Environment) -> Part:
    """Return the part about bash-completion, which kubectl's script needs installed and loaded."""
    name = "bash-completion"
    script = next((path for file in _BASH_COMPLETION if (path := env.root / file).is_file()), None)
    if script is None:
        return Part(name, "not found", "kubectl's script for bash needs it: install this package")
    files = [*_rc_files(env, "bash"), *(env.root / file for file in _BASH_STARTS)]
    if any(_SOURCES.search(_without_comments(path)) for path in files):
        return Part(name, str(script))
    return Part(name, f"{script}, which bash does not read", f"add this line to ~/.bashrc: source {script}")


def _compinit(env: Environment) -> Part:
    """Return the part about zsh's own completion, started by the user's files or by a framework."""
    for path in _rc_files(env, "zsh"):
        if _COMPINIT.search(_without_comments(path)):
            return Part("compinit", str(path))
    line = "autoload -Uz compinit && compinit"
    return Part("compinit", "not found", f"add this line to ~/.zshrc, before kubectl's: {line}")


def _without_comments(path: Path) -> str:
    """Return the lines of a shell file without comments; "" if it cannot be read."""
    try:
        lines = path.read_bytes().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def _own_script(env: Environment, shell: str) -> Part:
    """Return the part about completing the executable by itself; kubectl does not need it: no fix."""
    name = f"{PROGRAM} by itself"
    own = own_script(env, shell)
    if own and own.state in ("there", "old"):
        return Part(name, str(own.path))
    for path in _rc_files(env, shell):
        if _mentions_own(path):
            return Part(name, str(path))
    line = f"source <({PROGRAM} completion {shell})"
    advice = f"add `{line}` to ~/.zshrc" if own is None else "`kubectl kfaccess completion install`"
    return Part(name, f"not set up, which only that name needs: {advice}")


def _mentions_own(path: Path) -> bool:
    try:
        return f"{PROGRAM} completion " in path.read_bytes().decode(errors="replace")
    except OSError:
        return False
