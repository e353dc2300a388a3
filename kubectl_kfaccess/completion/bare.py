"""
Completion of the executable by its own name, `kubectl-kfaccess who-can <TAB>`, with argcomplete.

argcomplete has the scripts for the shells, reads the line from the shell, and quotes the candidates. We offer
the same candidates as for `kubectl kfaccess`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from argcomplete.finders import CompletionFinder
from argcomplete.shell_integration import shellcode

from kubectl_kfaccess.completion.candidates import FOLDERS, candidates_for

PROGRAM = "kubectl-kfaccess"
SHELLS = ("bash", "zsh", "fish")


def main() -> None:
    """Answer argcomplete's script, which passes the line in variables, and end the process."""
    try:
        _Finder()(argparse.ArgumentParser(add_help=False), exit_method=os._exit)
    finally:
        os._exit(0)  # even after an error: a message would break the line that the user types


def script(shell: str) -> str:
    """Return the script that *shell* has to read once."""
    # Without the shell's default, which offers files everywhere: we offer them where they belong
    arguments = ["-o", "nospace", _IN_OUR_ORDER] if shell == "bash" else None
    return shellcode([PROGRAM], shell=shell, complete_arguments=arguments)


# bash knows `nosort` since 4.4, and would refuse the whole line before that
_IN_OUR_ORDER = "$( (( BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404 )) && echo -o nosort)"


class _Finder(CompletionFinder):
    """argcomplete's finder with our candidates."""

    def _get_completions(
        self, comp_words: list[str], cword_prefix: str, cword_prequote: str, last_wordbreak_pos: int | None
    ) -> list[str]:
        """Return the candidates, quoted for the shell; a candidate for `--flag=VALUE` is the whole word."""
        flag, equals, value = cword_prefix.partition("=") if cword_prefix.startswith("-") else ("", "", "")
        flag = flag if equals else ""
        done = comp_words[1:-1] if equals else comp_words[1:]  # argcomplete adds this flag to them
        candidates = candidates_for([*done, cword_prefix], os.environ)
        words = dict(candidates.words)
        if candidates.files:
            typed = value if equals else cword_prefix
            words = dict.fromkeys(paths(typed, folders=candidates.files == FOLDERS), "")
        self._display_completions = {f"{flag}{equals}{word}": text for word, text in words.items()}
        quoted: list[str] = self.quote_completions(
            list(self._display_completions), cword_prequote, last_wordbreak_pos
        )
        return quoted


def paths(typed: str, *, folders: bool) -> list[str]:
    """
    Return the files and folders whose paths start with *typed*, sorted; only folders with *folders*.

    Names with control characters are left out.
    """
    head, slash, tail = typed.rpartition("/")
    return sorted(
        f"{head}{slash}{name}" for name in _entries(Path(f"{head}{slash}" or "."), tail, folders=folders)
    )


def _entries(folder: Path, begin: str, *, folders: bool) -> Iterator[str]:
    """Yield the names in *folder* that start with *begin*, hidden ones only after a dot."""
    try:
        entries: Sequence[Path] = list(folder.expanduser().iterdir())
    except (OSError, RuntimeError):
        return
    for entry in entries:
        hidden = entry.name.startswith(".") and not begin.startswith(".")
        if entry.name.startswith(begin) and not hidden and entry.name.isprintable():
            if entry.is_dir():
                yield f"{entry.name}/"
            elif not folders:
                yield entry.name
