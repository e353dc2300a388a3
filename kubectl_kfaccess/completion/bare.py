"""
Completion of the executable by its own name, `kubectl-kfaccess who-can <TAB>`, by way of argcomplete.

argcomplete brings the shells' scripts, reads the line as the shell has it, and quotes; what is offered is
what is offered behind kubectl.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from argcomplete.finders import CompletionFinder
from argcomplete.shell_integration import shellcode

from kubectl_kfaccess.completion.candidates import FOLDERS, offered

PROGRAM = "kubectl-kfaccess"
SHELLS = ("bash", "zsh", "fish")


def main() -> None:
    """Answer argcomplete's script, which tells the line in variables, and end the process."""
    try:
        _Finder()(argparse.ArgumentParser(add_help=False), exit_method=os._exit)
    finally:
        os._exit(0)  # whatever it was, a message would break the line that is being typed


def script(shell: str) -> str:
    """Return what the shell has to read once."""
    # without the shell's own defaults, which are files: they are offered where they belong
    arguments = ["-o", "nospace"] if shell == "bash" else None
    return shellcode([PROGRAM], shell=shell, complete_arguments=arguments)


class _Finder(CompletionFinder):
    def _get_completions(
        self, comp_words: list[str], cword_prefix: str, cword_prequote: str, last_wordbreak_pos: int | None
    ) -> list[str]:
        """The candidates, quoted for the shell; of `--flag=VALUE` the whole word."""
        flag, equals, value = cword_prefix.partition("=") if cword_prefix.startswith("-") else ("", "", "")
        flag = flag if equals else ""
        done = comp_words[1:-1] if equals else comp_words[1:]  # argcomplete puts such a flag there, too
        found = offered([*done, cword_prefix], os.environ)
        words = dict(found.words)
        if found.files:
            typed = value if equals else cword_prefix
            words = dict.fromkeys(paths(typed, folders=found.files == FOLDERS), "")
        self._display_completions = {f"{flag}{equals}{word}": text for word, text in words.items()}
        quoted: list[str] = self.quote_completions(
            list(self._display_completions), cword_prequote, last_wordbreak_pos
        )
        return quoted


def paths(typed: str, *, folders: bool) -> list[str]:
    """Return the files and folders whose paths begin as *typed*; those with control characters stay away."""
    head, slash, tail = typed.rpartition("/")
    return sorted(
        f"{head}{slash}{name}" for name in _entries(Path(f"{head}{slash}" or "."), tail, folders=folders)
    )


def _entries(folder: Path, begin: str, *, folders: bool) -> Iterator[str]:
    try:
        found: Sequence[Path] = list(folder.expanduser().iterdir())
    except (OSError, RuntimeError):
        return
    for one in found:
        hidden = one.name.startswith(".") and not begin.startswith(".")
        if one.name.startswith(begin) and not hidden and one.name.isprintable():
            if one.is_dir():
                yield f"{one.name}/"
            elif not folders:
                yield one.name
