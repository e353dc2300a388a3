"""Real shells in a real terminal: type a line, press TAB, and read the line again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import pytest

SHELLS = ("bash", "zsh", "fish")
BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")
PROMPT = "READY> "
WIDTH, HEIGHT = 250, 100
SECONDS = 60.0

# What each shell reads when it starts, and none of the user's files: kubectl's script, and ours
_SCRIPTS = {
    "bash": f"""\
. {BASH_COMPLETION}
. <(kubectl completion bash)
. <(kubectl-kfaccess completion bash 2>/dev/null)
""",
    "zsh": """\
autoload -Uz compinit && compinit -u -D
. <(kubectl completion zsh)
. <(kubectl-kfaccess completion zsh 2>/dev/null)
""",
    "fish": """\
kubectl completion fish | source
kubectl-kfaccess completion fish 2>/dev/null | source
""",
}
_SETTINGS = {
    "bash": f"""\
bind 'set bell-style none'
bind 'set show-all-if-ambiguous on'
bind 'set completion-query-items 1000'
bind 'set enable-bracketed-paste off'
PS1='{PROMPT}'
""",
    "zsh": f"""\
setopt no_beep interactive_comments no_list_ambiguous
PROMPT='{PROMPT}'
""",
    "fish": f"""\
set -g fish_greeting
set -g fish_autosuggestion_enabled 0
function fish_prompt; echo -n '{PROMPT}'; end
""",
}
_COMMANDS = {
    "bash": ["bash", "--noprofile", "--rcfile", "start", "-i"],
    "zsh": ["zsh", "-d", "-i"],
    "fish": ["fish", "--no-config", "--init-command", "source start"],
}


def require(shell: str) -> None:
    """Skip the test, and say what is missing, if there is no real shell in a real terminal."""
    missing = [name for name in ("tmux", shell) if not shutil.which(name)]
    if shell == "bash" and not BASH_COMPLETION.is_file():
        missing.append("bash-completion")
    if missing:
        pytest.skip(f"TAB is not pressed in {shell}: install {', '.join(missing)}")


class Shell:
    """
    A shell in a terminal of its own, inside a `with` block, in an empty directory.

    kubectl and the program are on its PATH, and it writes below *folder* only. It reads *scripts* when it
    starts; by default, these are the scripts that TAB needs.
    """

    def __init__(
        self, name: str, kubectl: Path, folder: Path, environ: Mapping[str, str], scripts: str | None = None
    ) -> None:
        self.name = name
        self.home, self.here, programs = folder / "home", folder / "here", folder / "bin"
        for directory in (self.home, self.here, programs):
            directory.mkdir(parents=True)
        (programs / "kubectl").symlink_to(kubectl)
        for program in ("kubectl-kfaccess", "kubectl_complete-kfaccess"):
            (programs / program).symlink_to(Path(sys.executable).parent / program)
        start = self.home / (".zshrc" if name == "zsh" else "start")
        start.write_text((_SCRIPTS[name] if scripts is None else scripts) + _SETTINGS[name])
        self._command = [word if word != "start" else str(start) for word in _COMMANDS[name]]
        self._command = [word.replace("source start", f"source {start}") for word in self._command]
        self.environ = {
            "HOME": str(self.home),
            "ZDOTDIR": str(self.home),
            "PATH": f"{programs}{os.pathsep}/usr/local/bin{os.pathsep}/usr/bin{os.pathsep}/bin",
            "LANG": "C.UTF-8",
            "TERM": "screen",
            **environ,
        }
        self._socket = f"kfaccess-{os.getpid()}-{name}-{time.monotonic_ns()}"

    def __enter__(self) -> Shell:
        size = ("-x", str(WIDTH), "-y", str(HEIGHT))
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, "-c", str(self.here), *self._command)
        self._wait(lambda: self.screen().rstrip().endswith(PROMPT.strip()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._tmux("kill-server", check=False)

    def completed(self, line: str, tabs: int = 1) -> str:
        """Return *line* after TAB. We type a `#` after it: when it appears, the shell has finished."""
        self._begin(line, tabs)
        self._keys("-l", "#")
        self._wait(lambda: self._line().endswith("#"))
        return self._line().removesuffix("#")

    def listed(self, line: str, *words: str) -> list[str]:
        """Return those of *words* that the shell lists as choices after TAB."""
        self._begin(line, 1)
        self._wait(lambda: all(word in self._choices() for word in words))
        return [word for word in words if word in self._choices()]

    def screen(self) -> str:
        """Return everything that the terminal shows."""
        return self._tmux("capture-pane", "-p", "-J")

    def _begin(self, line: str, tabs: int) -> None:
        """Clear the screen, type the line, and press TAB."""
        end = time.monotonic() + SECONDS
        while self.screen().strip() != PROMPT.strip() and time.monotonic() < end:
            self._keys("C-e", "C-u", "C-l")  # not Ctrl-C, which a shell that is just drawing can lose
            self._wait(lambda: self.screen().strip() == PROMPT.strip(), 1.0)
        self._keys("-l", line)
        self._wait(lambda: self._line() == line.rstrip() or self._line() == line)
        for _ in range(tabs):
            self._keys("Tab")

    def _line(self) -> str:
        lines = [line for line in self.screen().splitlines() if line.startswith(PROMPT.strip())]
        return lines[-1].removeprefix(PROMPT.strip()).removeprefix(" ") if lines else ""

    def _choices(self) -> set[str]:
        """Return the words in all lines without the prompt."""
        lines = self.screen().splitlines()
        return {word for line in lines if not line.startswith(PROMPT.strip()) for word in line.split()}

    def _keys(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def _wait(self, true: Callable[[], bool], seconds: float = SECONDS) -> None:
        """Wait until *true* returns True, at most that many seconds; the test then sees what there is."""
        end = time.monotonic() + seconds
        while not true() and time.monotonic() < end:
            time.sleep(0.02)

    def _tmux(self, *argv: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, *argv],
            capture_output=True, text=True, check=check, env=self.environ,
        )  # fmt: skip
        return done.stdout
